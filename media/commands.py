"""The engine's ffmpeg commands for renditions, built by ffmpeg-python and run by nobody here. Each flag carries its
reason. Those for pictures are in picture_commands.py.

All commands run on ffmpeg 5.1 and 9.0 alike and are made for hostile sources: the source is opened by the one demuxer
its first bytes called for, by whitelisted decoders, from the local file system alone.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ffmpeg
from ffmpeg.nodes import FilterNode

from media.containers import Container, container_named, decoders_of
from media.ladder import MAX_KBPS, max_kbps
from media.picture_filters import WHOLE_FRAMES, sdr, sdr_of_hdr
from media.plan import RenditionPlan
from media.probe import MAX_PIXELS, SourceInfo, VideoTrack
from media.runner import Command
from media.sound_filters import SAMPLE_RATE, heard, is_mono, level

ADTS_CONTAINERS = frozenset({"adts", "avi", "mpegts"})
KEYFRAME_SECONDS = 2
SHORT_GAP_MS = 4000
MIN_FRAGMENT_MS = 1500
MAX_FRAGMENT_MS = 10_000

MUXING_QUEUE = 100_000
"""Packets that may wait for a track that starts late. The default of 128 would end the job."""

TAIL_SECONDS = 2.0
"""How much longer than the scanned duration an output may get: room for encoder delay, an end for a run-away."""

WINDOW_MS = 50
"""How much sound one line of levels_command speaks of: how exactly a silence is found."""

HOLD_STEP_MS = 1000
"""How often a held picture is repeated: players want a frame in each segment; more would be encoded for nothing."""


def rendition_command(
    ffmpeg_path: Path, source: Path, info: SourceInfo, item: RenditionPlan, output_name: str, *, threads: int = 2
) -> Command:
    """Return the command that makes one rendition, a single-file fragmented MP4, in the working folder."""
    options: dict[str, Any] = {}
    streams = []
    opened = open_source(source, container_named(info.container), threads=threads)
    if item.video is not None and info.video is not None:
        # V, not v: a cover picture is a stream too, and not the video.
        streams.append(opened[f"V:{info.video.ordinal}"])
        options |= _copy_video(info.video) if item.video == "copy" else _encode_picture(info, item, threads)
    if item.audio is not None and info.audio is not None:
        streams.append(opened[f"a:{info.audio.ordinal}"])
        options |= sound_copied(info) if item.audio == "copy" else sound_encoded(info, item)
    options |= {"f": "mp4", "max_muxing_queue_size": MUXING_QUEUE, **in_fragments(info, item), **nothing_else(info)}
    output = ffmpeg.output(*streams, f"file:{output_name}", **options)
    return as_command(ffmpeg_path, output, purpose=f"make {item.name}", expected_ms=info.duration_ms)


def ladder_command(
    ffmpeg_path: Path, source: Path, info: SourceInfo, rungs: Sequence[RenditionPlan], *, threads: int = 2
) -> Command:
    """Return the command that makes several encodes of one picture, the largest first, in files `<name>.mp4`.

    One decode and a cascade: each is scaled from the one before it. The sound is encoded once, which only the tee muxer
    allows: outputs of their own would each encode it again.
    """
    assert info.video is not None
    first, *smaller = rungs
    opened = open_source(source, container_named(info.container), threads=threads)
    picture = _Chain(opened[f"V:{info.video.ordinal}"], ",".join(_picture_filters(info, first))).stream()
    streams = []
    for item in smaller:
        both = picture.filter_multi_output("split")
        streams.append(both[0])
        picture = both[1].filter("scale", item.width, item.height)
    streams.append(picture)
    options = _encode_video(first, threads)
    for number, item in enumerate(rungs):
        options |= {f"{name}:v:{number}": value for name, value in _quality(item).items()}
    has_sound = False
    if first.audio is not None and info.audio is not None:
        has_sound = True
        streams.append(opened[f"a:{info.audio.ordinal}"])
        options |= sound_copied(info) if first.audio == "copy" else sound_encoded(info, first)
    files = []
    for number, item in enumerate(rungs):
        selected = f"v:{number},a:0" if has_sound else f"v:{number}"
        how = {"f": "mp4", "select": f"\\'{selected}\\'", **in_fragments(info, item)}
        files.append(f"[{':'.join(f'{name}={value}' for name, value in how.items())}]{item.name}.mp4")
    options |= {"f": "tee", "max_muxing_queue_size": MUXING_QUEUE, **nothing_else(info)}
    output = ffmpeg.output(*streams, "|".join(files), **options)
    return as_command(ffmpeg_path, output, purpose="make the ladder", expected_ms=info.duration_ms)


class _Chain(FilterNode):
    """Filters as they are written for `-vf`, in a graph: ffmpeg-python would escape what is escaped by now."""

    def __init__(self, stream: Any, filters: str) -> None:
        super().__init__(stream, "chain", args=[filters])
        self._filters = filters

    def _get_filter(self, _outgoing_edges: Any) -> str:
        return self._filters


def nothing_else(info: SourceInfo) -> dict[str, Any]:
    return {
        # Subtitles, timecode and GPS tracks are not for viewers, nor are a phone's place and name.
        "dn": None,
        "sn": None,
        "map_metadata": -1,
        "map_chapters": -1,
        "t": f"{info.duration_ms / 1000 + TAIL_SECONDS:.3f}",
    }


def levels_command(ffmpeg_path: Path, source: Path, info: SourceInfo, levels_name: str) -> Command:
    """Return the command that measures the sound in one decode, as it will be encoded, but not levelled yet.

    The file `levels_name` gets the levels of each channel in each WINDOW_MS, from the start of what plays; the loudness
    and the true peak of the whole are the last words on standard error. media/sound.py reads both.
    """
    assert info.audio is not None
    opened = open_source(source, container_named(info.container), threads=1)
    filters = [
        # From 0 on, silence included, so that the number of a window is its time.
        *heard(info, first_pts=True),
        # The last window may be short; padding it would lower its level.
        f"asetnsamples=n={SAMPLE_RATE * WINDOW_MS // 1000}:p=0",
        # A reset after each frame makes it one measurement a window. Only what is read is measured: the rest is dear.
        "astats=metadata=1:reset=1:measure_perchannel=Peak_level+RMS_level:measure_overall=none",
        f"ametadata=mode=print:file={levels_name}",
        # Mono is heard by both ears, and is as loud as the same sound in two channels. A line for each 100 ms is only
        # for those who debug; 5.1 knows no other way to be without it than a level that is not shown.
        "ebur128=peak=true:dualmono=true:framelog=verbose",
    ]
    length = f"{info.duration_ms / 1000 + TAIL_SECONDS:.3f}"
    output = ffmpeg.output(opened[f"a:{info.audio.ordinal}"], "-", f="null", af=",".join(filters), t=length)
    # The summary is information to ffmpeg, not a warning.
    return as_command(ffmpeg_path, output, purpose="listen", expected_ms=info.duration_ms, loglevel="info")


def decode_command(ffmpeg_path: Path, rendition: Path, kinds: str, *, only_keyframes: bool = False) -> Command:
    """Return the command that decodes our own rendition to nothing, failing at the first error. `kinds`: v, a or va.

    `-xerror` would kill real recordings; here it is right, as the file came out of our own encoder a moment ago.
    """
    more = {"skip_frame": "nokey"} if only_keyframes else {}
    opened = open_source(rendition, container_named("mp4"), threads=2, err_detect="explode", **more)
    streams = [opened[f"{kind}:0"] for kind in kinds]
    output = ffmpeg.output(*streams, "-", f="null", fps_mode="passthrough")
    return as_command(ffmpeg_path, output, purpose="decode check", extra=("-xerror",))


def open_source(source: Path, container: Container, *, threads: int, **more: Any) -> Any:
    """Return the source as an input of ffmpeg-python: by its own demuxer, and by no decoder that is not on its list."""
    if container.drops_torn_packets:
        more["fflags"] = "+discardcorrupt"  # the scan does the same, so that their counts agree
    return ffmpeg.input(
        f"file:{source.resolve()}",
        # The demuxer is forced, and what a demuxer may open in turn is whitelisted: playlists read other files.
        f=container.demuxer,
        format_whitelist=",".join(container.formats),
        protocol_whitelist="file,pipe",
        codec_whitelist=",".join(decoders_of(container)),
        # A header alone can ask for gigabytes: the limits of size and count come before any memory.
        max_pixels=MAX_PIXELS,
        max_streams=32,
        probesize=5_000_000,
        analyzeduration=5_000_000,
        threads=threads,
        **more,
    )


def as_command(
    ffmpeg_path: Path,
    output: Any,
    *,
    purpose: str,
    expected_ms: int = 0,
    extra: tuple[str, ...] = (),
    loglevel: str = "warning",
) -> Command:
    """Return the command for an output of ffmpeg-python; `extra` are arguments that hold for the whole process."""
    # -n: the folder is fresh, so a file in the way is a mistake to be seen.
    output = output.global_args("-nostdin", "-hide_banner", "-n", "-loglevel", loglevel, *extra)
    if expected_ms:
        output = output.global_args("-progress", "pipe:1", "-nostats")
    return Command(tuple(ffmpeg.compile(output, cmd=str(ffmpeg_path))), purpose=purpose, expected_ms=expected_ms)


def _copy_video(video: VideoTrack) -> dict[str, Any]:
    # In streams without a steady rate the last packet is said to last next to nothing. A fragment of that packet alone
    # adds no picture to what a player has: hls.js gives up on it, and the video never ends.
    lasts = f"max(DURATION\\,{max(video.last_frame_ms, 1) / 1000}/TB)"
    options: dict[str, Any] = {"c:v": "copy", "bsf:v": f"setts=pts=PTS:dts=DTS:duration={lasts}"}
    if video.codec == "h264":
        # avc3 allows parameter sets in the stream; with one set, avc1 says the same and plays in more places.
        options["tag:v"] = "avc1"
    if video.codec == "hevc":
        # Safari plays hvc1 and refuses hev1.
        options["tag:v"] = "hvc1"
    return options


def sound_copied(info: SourceInfo) -> dict[str, Any]:
    options: dict[str, Any] = {"c:a": "copy"}
    if info.audio is not None and info.audio.codec == "aac" and info.container in ADTS_CONTAINERS:
        # Each frame carries its settings there, where MP4 wants them once. ffmpeg does it unasked only where the header
        # of the MP4 is not put off until the first packets are known.
        options["bsf:a"] = "aac_adtstoasc"
    return options


def _encode_picture(info: SourceInfo, item: RenditionPlan, threads: int) -> dict[str, Any]:
    return {"vf": ",".join(_picture_filters(info, item)), **_encode_video(item, threads), **_quality(item)}


def _encode_video(item: RenditionPlan, threads: int) -> dict[str, Any]:
    """Return what all encodes of this picture have in common."""
    return {
        "c:v": "libx264",
        # Frames are stored in the order in which they are shown, so that an encode begins at 0 as a copy does, and a
        # player may go from one to the other. With B-frames it begins two frames late, which are 2 s of a still screen.
        "bf": 0,
        "profile:v": "high",
        "threads:v": threads,
        # Frames keep their own times. A recording says 1000 frames a second in its header, and without vfr ffmpeg
        # duplicates frames up to that rate (30 times the work); without the time base it rounds times to a guessed rate
        # and merges frames.
        "fps_mode": "vfr",
        "enc_time_base": "1:90000",
        "force_key_frames": _key_frames(item),
        "g": 100_000,
        "sc_threshold": 0,
    }


def _quality(item: RenditionPlan) -> dict[str, Any]:
    """Return how well a picture is encoded. For 1080p as a top, and for rungs cheaply, in CPU and in bytes.

    Rungs are to have 0.98 of SSIM. superfast gets there with crf 22, at up to three times the bytes of crf 26 (0.976)
    where a camera has grain. With the look-ahead that it leaves out (mbtree, ten frames of it) the same costs no more
    CPU, 29 % more bytes than crf 26 for a face, and for ten seconds of a screen with a camera 8 % fewer; a minute of
    that has .981 at 720 lines and .983 at 360 within what ladder.RUNG_KBPS allows. veryfast takes a fifth more CPU for
    it; ultrafast takes 2.2 times the bytes for less.
    """
    kbps = max_kbps(item.width, item.height) if item.is_rung else MAX_KBPS
    return {
        "preset": "superfast" if item.is_rung else "veryfast",
        "crf": 22 if item.is_rung else 23,
        "maxrate": f"{kbps}k",
        "bufsize": f"{2 * kbps}k",
        **({"x264-params": "mbtree=1:rc-lookahead=10"} if item.is_rung else {}),
    }


def _key_frames(item: RenditionPlan) -> str:
    """Return where keyframes stand, and nowhere else; on a grid, at the first frame of each two seconds."""
    if item.keeps_keyframes:
        return "source"
    return f"expr:if(isnan(prev_forced_t),1,gt({_grid('t')},{_grid('prev_forced_t')}))"


def _grid(time: str) -> str:
    """Return the expression for the number of the grid cell that a time in seconds lies in."""
    return f"floor({time}/{KEYFRAME_SECONDS})"


def _picture_filters(info: SourceInfo, item: RenditionPlan) -> list[str]:
    """Return what all encodes of this picture share, up to its size; ended by its colours, at that size."""
    assert info.video is not None
    filters = _at_its_first_time(info, info.video) if info.video.lacks_times else []
    filters += _hold_filters(info) if item.hold_picture else []
    if item.deinterlace:
        filters.append(WHOLE_FRAMES)
    if item.frame_rate_cap:
        # Dropping frames keeps the times of the others, where the fps filter would move them to its own grid.
        step = 1 / (item.frame_rate_cap * 1.05)
        filters.append(f"select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,{step:.5f})")
    size = f"{item.width}:{item.height}"
    in_colors = sdr_of_hdr if item.tone_map else sdr
    if item.letterbox:
        # The filters are rebuilt when the picture changes its size; the encoder cannot change, so the frame stays.
        scaled = in_colors(info.video, f"{size}:force_original_aspect_ratio=decrease")
        return [*filters, *scaled, f"pad={size}:(ow-iw)/2:(oh-ih)/2", "setsar=1"]
    return [*filters, *in_colors(info.video, size), "setsar=1"]


def _at_its_first_time(info: SourceInfo, video: VideoTrack) -> list[str]:
    """Where only decoding times are known, a frame comes out of the decoder with the time of a later packet.

    That is as late as the decoder has frames in hand (two of H.264 with B-frames): the first one says how late.
    """
    return [f"setpts=PTS-STARTPTS+{(video.start_ms - info.start_ms) / 1000:.3f}/TB"]


def _hold_filters(info: SourceInfo) -> list[str]:
    """Show the first frame from the start, and the last one until the sound has ended, once each HOLD_STEP_MS."""
    assert info.video is not None
    assert info.audio is not None
    last = (info.video.end_ms - info.start_ms) / 1000
    hold = max(info.audio.end_ms - info.video.end_ms, 0) / 1000
    return [
        "setpts=if(eq(N\\,0)\\,0\\,PTS)",
        f"tpad=stop_mode=clone:stop_duration={hold:.3f}",
        f"select=isnan(prev_selected_t)+lt(t\\,{last:.3f})+gte(t-prev_selected_t\\,{HOLD_STEP_MS / 1000})",
    ]


def sound_encoded(info: SourceInfo, item: RenditionPlan) -> dict[str, Any]:
    filters = [*heard(info, first_pts=item.fill_sound), *level(item.levelling)]
    if item.fill_sound:
        # With the first time at 0, silence fills up to the start and the end of the picture.
        filters.append(f"apad=whole_dur={info.duration_ms / 1000:.3f}")
    return {"c:a": "aac", "b:a": "96k" if is_mono(info) else "128k", "af": ",".join(filters)}


def in_fragments(info: SourceInfo, item: RenditionPlan) -> dict[str, Any]:
    """The one file of fragments that our index cuts into segments."""
    options: dict[str, Any] = {
        # frag_keyframe: each fragment starts at a keyframe, where a segment may. delay_moov with frag_discont: the
        # first fragment carries each track's real start in its tfdt; otherwise a track that starts late is described by
        # an empty edit, which browsers skip, or has its first sample stretched back to 0. skip_trailer: nobody reads
        # mfra.
        "movflags": "+frag_keyframe+delay_moov+frag_discont+default_base_moof+skip_trailer",
        # Times start at 0 as a whole; tfdt cannot be negative, and AAC priming or B-frames come before 0.
        "avoid_negative_ts": "make_zero",
        # A track that starts late keeps the others waiting; the default patience of ten seconds would set the zero
        # before its first time is known.
        "max_interleave_delta": 0,
    }
    if item.video == "h264":
        options["video_track_timescale"] = 90_000  # that of the encoder's times
    video, audio = info.video, info.audio
    if item.video is None or video is None:
        options["frag_duration"] = 4_000_000  # no keyframes to cut at: segments of four seconds
        return options
    sound_alone_ms = audio.end_ms - video.end_ms if audio is not None else 0
    if item.video == "copy" and max(video.longest_key_gap_ms, sound_alone_ms) <= SHORT_GAP_MS:
        # All-intra sources would give a fragment a frame; two seconds make a segment.
        options["min_frag_duration"] = MIN_FRAGMENT_MS * 1000
    else:
        # ffmpeg holds a fragment in memory. Long waits for a keyframe, or sound that outlasts the picture, are written
        # in pieces, which the index joins to one segment.
        options["frag_duration"] = MAX_FRAGMENT_MS * 1000
    return options
