"""What must be made of a source so that it plays: a pure function from what was probed to renditions.

Copy first: what browsers already play is never encoded again. `fast` renditions are made between stop and playable and
cost seconds; `slow` ones decode and encode the picture and run behind everything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from media.ladder import rungs_below
from media.probe import AudioTrack, SourceInfo, VideoRange, VideoTrack

COPYABLE_VIDEO = frozenset({"h264", "hevc", "vp9", "av1"})
"""Codecs that fit into MP4 and play somewhere. VP8 has no place in MP4 at all."""

COPYABLE_AUDIO = frozenset({"aac", "opus"})
"""MP3, PCM and Vorbis would fit or nearly so, yet play in too few places; encoding sound costs little."""

AAC_ALONE = frozenset({"aac"})

COPYABLE_AAC_PROFILES = frozenset({"LC", "HE-AAC", "HE-AACv2", ""})
"""Browsers speak of mp4a.40.2, .5 and .29 and of no other; "" is what was not looked at for long enough to tell."""

MOST_COPIED_CHANNELS = 2
"""Surround is mixed down to stereo. Browsers play 5.1 AAC mostly, some platform decoders behind them do not, and what
they mix down at home differs; people who talk to each other lose nothing, and one rendition serves all."""

PLAIN_H264_PIXELS = frozenset({"yuv420p", "yuvj420p"})
PLAIN_PIXELS = PLAIN_H264_PIXELS | {"yuv420p10le"}
"""10 bits play where VP9, AV1 and HEVC play at all; H.264 with 10 bits plays nearly nowhere."""

LONG_SIDE = 1920
SHORT_SIDE = 1080
"""A transcode is never larger: 1080p is what hardware for H.264 level 4 decodes everywhere."""

FRAME_RATE_CAP = 60.0
"""A transcode of slow-motion footage keeps at most this many frames a second; screens show no more."""

MAX_SEGMENT_BYTES = 40 * 1000 * 1000
"""A segment runs from keyframe to keyframe. Above this, players' buffers (hls.js: 60 MB) cannot hold two of them."""

MAX_SOUND_GAP_MS = 100
"""A longer hole in the sound is a hole in what a player has buffered, which hls.js skips, picture and all (its
maxBufferHole is 0.1 s). Encoding fills it with silence. Browsers' recordings have holes of 39 ms."""

LEAST_KEY_GAP_MS = 1000
LONGEST_KEY_GAP_MS = 4000
"""Between these, on average and at most, a source's own keyframes are good ones for what is encoded from it."""

MAX_UNCOVERED_MS = 10_000
"""How long one track may run without the other. A player needs both to go on, so a segment holds the whole of such a
stretch; beyond this the missing sound becomes silence, and a missing picture the nearest frame held still."""


SIBLING_GAIN_DB = 2.0
"""From where on another loudness is worth a sibling of what could be copied: the video's bytes are stored again for it,
and less is hardly noticed between one video and the next."""


@dataclass(frozen=True)
class Levelling:
    """What is done to a sound that is encoded: a gain in dB, and one channel's sound given to both ears."""

    gain_db: float = 0.0
    both_ears: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether the sound stays as it is."""
        return not self.gain_db and not self.both_ears

    @property
    def is_worth_encoding(self) -> bool:
        """Whether a sound that could be copied is to be encoded for it."""
        return self.both_ears or abs(self.gain_db) >= SIBLING_GAIN_DB


AS_IT_IS = Levelling()


@dataclass(frozen=True)
class RenditionPlan:
    """One rendition to make. `name` is a file name without ending, unique in its publication.

    `width` and `height` are pixels as people see them (0 for sound alone). `letterbox` fits a picture that changes
    its size into one frame. `fill_sound` and `hold_picture` make the one last as long as the other, where it starts
    late or ends early. `frame_rate_cap` is None where all frames are kept. `deinterlace` makes one whole frame of two
    fields; `tone_map` brings high dynamic range to what every screen shows. `video_range` is the rendition's own. One
    that `is_rung` is a smaller picture of what another shows. Where an encode `keeps_keyframes`, they stand where the
    source has them, else on a grid of time. `levelling` is for sound that is encoded.
    """

    name: str
    video: Literal["copy", "h264"] | None
    audio: Literal["copy", "aac"] | None
    width: int
    height: int
    plays_everywhere: bool
    letterbox: bool = False
    fill_sound: bool = False
    hold_picture: bool = False
    frame_rate_cap: float | None = None
    deinterlace: bool = False
    tone_map: bool = False
    video_range: VideoRange = "SDR"
    is_rung: bool = False
    keeps_keyframes: bool = False
    levelling: Levelling = AS_IT_IS

    @property
    def encodes(self) -> bool:
        """Whether picture or sound is encoded for it."""
        return self.video == "h264" or self.audio == "aac"

    @property
    def is_levelled(self) -> bool:
        """Whether its sound is another than the source's: as loud as it should be, in both ears."""
        return self.audio == "aac" and not self.levelling.is_nothing

    @property
    def holds_source(self) -> bool:
        """Whether picture and sound are the source's own, packet for packet."""
        return self.video == "copy" and self.audio in {"copy", None} and not self.fill_sound


@dataclass(frozen=True)
class PublicationPlan:
    """All renditions of a publication, in the order in which to make them.

    `fast` ones copy the picture, `slow` ones are encoded, and the `rungs` below them by one command for all.
    """

    fast: tuple[RenditionPlan, ...]
    slow: tuple[RenditionPlan, ...]
    rungs: tuple[RenditionPlan, ...] = ()

    @property
    def all(self) -> tuple[RenditionPlan, ...]:
        """Return every rendition."""
        return (*self.fast, *self.slow, *self.rungs)


def plan_publication(info: SourceInfo, *, without_copies: bool = False) -> PublicationPlan:
    """Return what to make. At least one rendition in all, and at least one that plays everywhere.

    `without_copies` is for a source whose copy was tried and failed its check: everything is encoded instead.
    """
    if info.video is None:
        return PublicationPlan(fast=(_sound(info.audio),), slow=())
    transcode = _transcode(info.video, info.audio)
    if without_copies:
        return PublicationPlan(fast=(), slow=(transcode,), rungs=_rungs(info.video, transcode, transcode))
    covered = info.audio is None or not _leaves_uncovered(info.video, info.audio)
    copies = _copies(info.video, info.audio) if covered and can_copy(info.video) else ()
    top = next((item for item in copies if item.plays_everywhere), transcode)
    slow = (transcode,) if top is transcode else ()
    return PublicationPlan(fast=copies, slow=slow, rungs=_rungs(info.video, transcode, top))


def levelled(item: RenditionPlan, levelling: Levelling) -> RenditionPlan:
    """Return the rendition with its sound levelled, where something of it is encoded anyway; a copy stays one."""
    if item.audio == "aac":
        return replace(item, levelling=levelling)
    if item.audio == "copy" and item.encodes and levelling.is_worth_encoding:
        return replace(item, audio="aac", levelling=levelling)
    return item


def levelled_sibling(items: Sequence[RenditionPlan], levelling: Levelling) -> RenditionPlan | None:
    """Return the sibling that these renditions need for the sake of their sound: the copy, with levelled sound.

    None where nothing is to be done to it, or where what plays everywhere has its sound encoded anyway.
    """
    if not levelling.is_worth_encoding:
        return None
    for item in items:
        if item.plays_everywhere and item.audio == "copy" and not item.encodes:
            return replace(item, name=f"{item.name}-aac", audio="aac", levelling=levelling)
    return None


def can_copy(video: VideoTrack) -> bool:
    """Whether the picture can go into an MP4 as it is and plays in some browser, from keyframe to keyframe.

    Browsers do not deinterlace: the two fields of a frame would stand there as a comb at every movement.
    """
    pixels = PLAIN_H264_PIXELS if video.codec == "h264" else PLAIN_PIXELS
    return (
        video.codec in COPYABLE_VIDEO
        and video.pixel_format in pixels
        and not video.several_sps
        and not video.interlaced
        and not video.lacks_times
        and video.kbps * video.longest_key_gap_ms // 8 <= MAX_SEGMENT_BYTES
    )


def fit(width: int, height: int) -> tuple[int, int]:
    """Return the size scaled down into 1920 by 1080 (or upright), never up, with even sides as 4:2:0 needs them."""
    scale = min(1.0, LONG_SIDE / max(width, height), SHORT_SIDE / min(width, height))
    return max(int(width * scale) // 2 * 2, 2), max(int(height * scale) // 2 * 2, 2)


def _copies(video: VideoTrack, audio: AudioTrack | None) -> tuple[RenditionPlan, ...]:
    """The copy, and the AAC sibling of H.264 where the sound is something else, for the sake of Safari."""
    width, height = video.display_size
    fill = audio is not None and _leaves_uncovered(audio, video)
    sound = "aac" if fill else _sound_mode(audio, COPYABLE_AUDIO)
    is_h264 = video.codec == "h264"
    shown = video.color.video_range
    everywhere = is_h264 and shown == "SDR" and (audio is None or audio.codec == "aac" or sound == "aac")
    copy = RenditionPlan(
        "copy", "copy", sound, width, height, plays_everywhere=everywhere, fill_sound=fill, video_range=shown
    )
    if everywhere or not is_h264 or shown != "SDR":
        return (copy,)
    return copy, RenditionPlan("copy-aac", "copy", "aac", width, height, plays_everywhere=True)


def _transcode(video: VideoTrack, audio: AudioTrack | None) -> RenditionPlan:
    width, height = fit(*video.display_size)
    fill = audio is not None and _leaves_uncovered(audio, video)
    sound = "aac" if fill else _sound_mode(audio, AAC_ALONE)
    return RenditionPlan(
        "h264",
        "h264",
        sound,
        width,
        height,
        plays_everywhere=True,
        letterbox=video.several_sps,
        fill_sound=fill,
        hold_picture=audio is not None and _leaves_uncovered(video, audio),
        frame_rate_cap=FRAME_RATE_CAP if video.frame_rate > FRAME_RATE_CAP + 1 else None,
        deinterlace=video.interlaced,
        tone_map=video.color.video_range != "SDR",
        keeps_keyframes=_has_good_keyframes(video),
    )


def _has_good_keyframes(video: VideoTrack) -> bool:
    """Whether encodes have their keyframes where the source has them, for a player to change from one to the other."""
    mean_gap_ms = (video.end_ms - video.start_ms) / max(video.keyframe_count, 1)
    return mean_gap_ms >= LEAST_KEY_GAP_MS and video.longest_key_gap_ms <= LONGEST_KEY_GAP_MS


def _rungs(video: VideoTrack, transcode: RenditionPlan, top: RenditionPlan) -> tuple[RenditionPlan, ...]:
    return tuple(
        replace(transcode, name=rung.name, width=rung.width, height=rung.height, is_rung=True)
        for rung in rungs_below(top.width, top.height, kbps=video.kbps)
    )


def _leaves_uncovered(one: VideoTrack | AudioTrack, other: VideoTrack | AudioTrack) -> bool:
    """Whether the other track plays for long where this one does not."""
    return one.start_ms - other.start_ms > MAX_UNCOVERED_MS or other.end_ms - one.end_ms > MAX_UNCOVERED_MS


def _sound(audio: AudioTrack | None) -> RenditionPlan:
    return RenditionPlan("sound", None, _sound_mode(audio, AAC_ALONE), 0, 0, plays_everywhere=True)


def _sound_mode(audio: AudioTrack | None, copyable: frozenset[str]) -> Literal["copy", "aac"] | None:
    if audio is None:
        return None
    as_it_is = (
        audio.codec in copyable
        and audio.channels <= MOST_COPIED_CHANNELS
        and audio.longest_gap_ms <= MAX_SOUND_GAP_MS
        and (audio.codec != "aac" or audio.profile in COPYABLE_AAC_PROFILES)
    )
    return "copy" if as_it_is else "aac"
