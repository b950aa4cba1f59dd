"""The ffmpeg commands that cut a long source into pieces and join what was encoded of them."""

from pathlib import Path

import ffmpeg

from media.commands import (
    MUXING_QUEUE,
    TAIL_SECONDS,
    as_command,
    in_fragments,
    nothing_else,
    open_source,
    sound_copied,
    sound_encoded,
)
from media.containers import container_named
from media.plan import RenditionPlan
from media.probe import SourceInfo
from media.runner import Command

PIECE_PATTERN = "piece-%05d"
LIST_OF_PIECES = "pieces.csv"
FIRST_PACKET = "first.txt"

SOUND_LATER_S = 10
"""How much later than in the source the whole sound is written. Before 0, where an encoder's padding is, a muxer would
move it, and nobody would know by how much."""

IN_MOV = frozenset({"prores", "dnxhd"})
IN_MATROSKA = frozenset({"vp8", "theora"})
"""Which codecs have no place in MP4: their pieces are stored in something else."""


def cut_command(ffmpeg_path: Path, source: Path, info: SourceInfo, *, piece_s: float) -> Command:
    """Return the command that copies the picture into files by PIECE_PATTERN, each from a keyframe to the next one.

    A piece lasts `piece_s` at least, but for the last one, and begins at 0. In LIST_OF_PIECES is a line for each: its
    name, its start and its end in seconds on the clock by which all outputs of this source are written. The first one's
    start is not there, but in FIRST_PACKET, as ffmpeg's framecrc writes it.
    """
    assert info.video is not None
    picture = open_source(source, container_named(info.container), threads=1)[f"V:{info.video.ordinal}"]
    first = ffmpeg.output(picture, FIRST_PACKET, **{"c:v": "copy", "f": "framecrc", "frames:v": 1})
    pieces = ffmpeg.output(
        picture,
        PIECE_PATTERN,
        **{
            "c:v": "copy",
            "f": "segment",
            "segment_time": piece_s,
            **_stored(info.video.codec),
            "segment_list": LIST_OF_PIECES,
            "segment_list_type": "csv",
            "reset_timestamps": 1,
            # Else the list would count from the first decoding time, which lies before the first picture.
            "avoid_negative_ts": "disabled",
            **nothing_else(info),
        },
    )
    both = ffmpeg.merge_outputs(first, pieces)
    return as_command(ffmpeg_path, both, purpose="cut into pieces", expected_ms=info.duration_ms)


def _stored(codec: str) -> dict[str, str]:
    if codec in IN_MATROSKA:
        return {"segment_format": "matroska"}
    # In fragments, so that nothing of a piece stays in memory until its end.
    fragmented = "movflags=+frag_keyframe+delay_moov+default_base_moof"
    return {"segment_format": "mov" if codec in IN_MOV else "mp4", "segment_format_options": fragmented}


def sound_command(
    ffmpeg_path: Path, source: Path, info: SourceInfo, item: RenditionPlan, output_name: str, *, threads: int = 1
) -> Command:
    """Return the command that makes the sound of a rendition, whole, SOUND_LATER_S later than it is in the source."""
    assert info.audio is not None
    opened = open_source(source, container_named(info.container), threads=threads)
    options = {
        **(sound_copied(info) if item.audio == "copy" else sound_encoded(info, item)),
        **in_fragments(info, item),
        **nothing_else(info),
        "f": "mp4",
        "output_ts_offset": SOUND_LATER_S,
        "avoid_negative_ts": "disabled",
    }
    output = ffmpeg.output(opened[f"a:{info.audio.ordinal}"], f"file:{output_name}", **options)
    return as_command(ffmpeg_path, output, purpose="make the sound", expected_ms=info.duration_ms)


def join_command(
    ffmpeg_path: Path,
    info: SourceInfo,
    item: RenditionPlan,
    output_name: str,
    *,
    list_name: str,
    sound_name: str | None,
    first_s: float,
) -> Command:
    """Return the command that copies the pieces of one rendition, one after the other, and its sound into one file.

    `list_name` is a script of ffmpeg's concat demuxer with names in the working folder, `first_s` when the first piece
    starts on the clock of LIST_OF_PIECES.
    """
    own = {"protocol_whitelist": "file,pipe", "format_whitelist": "concat,mov,mp4,m4a,3gp,3g2,mj2"}
    streams = [ffmpeg.input(f"file:{list_name}", f="concat", itsoffset=SOUND_LATER_S + first_s, **own)["v:0"]]
    if sound_name is not None:
        streams.append(ffmpeg.input(f"file:{sound_name}", f="mov", **own)["a:0"])
    options = {"c": "copy", "f": "mp4", "max_muxing_queue_size": MUXING_QUEUE, **in_fragments(info, item)}
    # The limit of time counts from 0 too, where nothing is for SOUND_LATER_S.
    ends = {**nothing_else(info), "t": f"{SOUND_LATER_S + info.duration_ms / 1000 + TAIL_SECONDS:.3f}"}
    output = ffmpeg.output(*streams, f"file:{output_name}", **options, **ends)
    return as_command(
        ffmpeg_path, output, purpose=f"join {item.name}", expected_ms=info.duration_ms, extra=("-copyts",)
    )
