"""Playlists of a publication and the cues of its storyboard, written from its rows; the text itself is the engine's."""

from dataclasses import dataclass

from apps.videos import keys
from apps.videos.models import Publication, Rendition, Storyboard
from media.index import FileIndex, Segment
from media.playlists import Variant, media_playlist, multivariant_playlist, parts_playlist
from media.recorded import Mend
from media.storyboard import STORYBOARD_NAME, storyboard_vtt


def multivariant(publication: Publication) -> str:
    """Return the multivariant playlist of the renditions there are now, those that play everywhere first.

    Players without hls.js take the first line they can play. Of the same picture only the best one is offered: with its
    sound levelled, and such that it plays everywhere. hls.js never leaves the codecs it began with, and who began with
    a copy's Opus would get no rung. Who plays the other already goes on with it.
    """
    renditions = sorted(publication.renditions.all(), key=lambda rendition: not rendition.plays_everywhere)
    best = {_picture(rendition): _worth(rendition) for rendition in sorted(renditions, key=_worth)}
    offered = [rendition for rendition in renditions if _worth(rendition) == best[_picture(rendition)]]
    return multivariant_playlist([_variant(rendition) for rendition in offered])


def _worth(rendition: Rendition) -> tuple[bool, bool]:
    return rendition.is_levelled, rendition.plays_everywhere


def of_rendition(rendition: Rendition) -> str:
    """Return the media playlist of one rendition: byte ranges of its single file, or the parts it was recorded in."""
    if rendition.parts:
        names = [part_name(rendition, number) for number in range(1, len(rendition.parts) + 1)]
        return parts_playlist([Segment(*row) for row in rendition.segments], names)
    index = FileIndex(
        init=(rendition.init_offset, rendition.init_size_bytes),
        segments=tuple(Segment(*row) for row in rendition.segments),
        codecs=rendition.codecs,
        duration_ms=sum(row[3] for row in rendition.segments),
        width=rendition.width or 0,
        height=rendition.height or 0,
    )
    return media_playlist(index, f"{rendition.name}.mp4")


def of_storyboard(storyboard: Storyboard) -> str:
    """Return the storyboard's WebVTT, which names the sprite beside it."""
    return storyboard_vtt(
        storyboard.times_ms,
        duration_ms=storyboard.publication.duration_ms,
        tile=(storyboard.tile_width, storyboard.tile_height),
        columns=storyboard.columns,
        sprite_name=STORYBOARD_NAME,
    )


def part_name(rendition: Rendition, number: int) -> str:
    """Return the file name of part `number`, counted from 1, in addresses."""
    return f"{rendition.name}-{number}.m4s"


@dataclass(frozen=True)
class PlayedPart:
    """A recorded part that is played: its key, and what of its bytes is to be mended on the way."""

    key: str
    mends: list[Mend]


def part_called(publication: Publication, stem: str) -> PlayedPart | None:
    """Return the part that part_name calls `<stem>.m4s`, None where there is none."""
    name, _, number = stem.rpartition("-")
    rendition = publication.renditions.filter(name=name).only("parts", "mends").first()
    if rendition is None or not number.isdecimal() or not 1 <= int(number) <= len(rendition.parts):
        return None
    source, part = publication.source, rendition.parts[int(number) - 1]
    key = keys.named_part_key(video_id=source.video.public_id, source_id=source.public_id, name=part)
    return PlayedPart(key, [Mend(*row) for row in rendition.mends.get(part, ())])


def _picture(rendition: Rendition) -> tuple[str, int, int]:
    """Return what renditions of the same picture have in common; all that are sound alone have one, too."""
    if not rendition.width or not rendition.height:
        return "", 0, 0
    return rendition.codecs.partition(",")[0], rendition.width, rendition.height


def _variant(rendition: Rendition) -> Variant:
    return Variant(
        playlist_name=f"{rendition.name}.m3u8",
        peak_bandwidth=rendition.peak_bits_per_s,
        average_bandwidth=rendition.average_bits_per_s,
        codecs=rendition.codecs,
        width=rendition.width or 0,
        height=rendition.height or 0,
        frame_rate=rendition.frame_rate or 0.0,
        video_range=rendition.video_range,
    )
