"""Checks a finished rendition against its source before anybody relies on it."""

from pathlib import Path
from typing import Any

from media import commands, scan_process
from media.containers import container_named
from media.errors import EngineFailed
from media.plan import RenditionPlan
from media.probe import SourceInfo
from media.runner import Limits, run

TOLERANCE_MS = 80
"""How far a timestamp may move: below what people notice between lips and sound (125 ms late, ITU-R BT.1359)."""

RUNAWAY_MS = 60_000
"""How much longer than its source a rendition is read before its check gives up."""


def verify_rendition(
    source: Path,
    info: SourceInfo,
    item: RenditionPlan,
    rendition: Path,
    *,
    folder: Path,
    ffmpeg_path: Path,
    limits: Limits,
    decodes: bool = True,
) -> int:
    """Return when the rendition says what its source says; raise EngineFailed with a sentence when not.

    Returned are the milliseconds at both ends of the source's sound that a decoder leaves out, 0 where it was copied.

    Copied streams must have the same number of packets, each within 80 ms of the source's. Encoded ones must start and
    end within 80 ms of it (the end of a picture is the time of its last frame: how long that one lasts is a guess in
    most recordings) and decode without an error, rungs at their keyframes, where it `decodes` what it reads; where the
    plan fills one of them up, it must span the other too.
    The files may differ in their start as a whole: the difference of the first video timestamps (of the first audio
    ones where there is no video, or where its first frame is held) is taken off everything, sound included.
    """
    container = container_named(info.container)
    seen = scan_process.compare(
        source,
        container,
        rendition,
        container_named("mp4"),
        by="audio" if item.video is None or item.hold_picture else "video",
        folder=folder,
        max_ms=info.duration_ms + RUNAWAY_MS,
    )
    kinds = (("video", item.video, info.video), ("audio", item.audio, info.audio))
    for kind, mode, track in kinds:
        if mode is None or track is None:
            continue
        if kind not in seen["kinds"]:
            raise EngineFailed(f"The rendition {item.name} has no {kind}.")
        if mode == "copy":
            check_copied(item.name, kind, seen["kinds"][kind])
        else:
            filled = item.fill_sound if kind == "audio" else item.hold_picture
            check_encoded(item.name, kind, seen["kinds"], filled=filled, torn=container.hides_torn_end)
    encoded = "".join(kind[0] for kind, mode, track in kinds if mode not in (None, "copy") and track is not None)
    if encoded and decodes:
        # Decoding all of them would add a quarter to what the rungs cost; whole files and every frame's time were seen.
        command = commands.decode_command(ffmpeg_path, rendition, encoded, only_keyframes=item.is_rung)
        run(command, folder=folder, limits=limits)
    return _unheard_ms(seen["kinds"]["audio"]) if "a" in encoded else 0


def _unheard_ms(sound: dict[str, Any]) -> int:
    """Return how much of a sound its decoder leaves out at both ends, in ms."""
    (begin, _last, end), (heard_begin, heard_end) = sound["source_us"], sound["heard_us"]
    return int(heard_begin - begin + end - heard_end) // 1000


def check_copied(name: str, kind: str, seen: dict[str, Any]) -> None:
    """Raise EngineFailed when a copied stream lost packets or moved."""
    if seen["packets"] != seen["source_packets"]:
        raise EngineFailed(f"{name}: {kind} has {seen['packets']} packets of {seen['source_packets']} in the source.")
    if seen["apart_us"] > TOLERANCE_MS * 1000:
        raise EngineFailed(f"{name}: a {kind} timestamp moved by {seen['apart_us']} µs.")


def check_encoded(name: str, kind: str, kinds: dict[str, Any], *, filled: bool, torn: bool = False) -> None:
    """Raise EngineFailed when the encoded stream `kind` starts or ends elsewhere than its source.

    A sound may start with its first packet or with the first sample that a decoder gives of it, and end likewise: what
    a decoder leaves out is no loss, however long its packets say that they last. A stream that was filled up must span
    the source as a whole; of a held picture, the last repetition may come up to HOLD_STEP_MS before the end. `torn`
    means that the last packet of a sound may be missing.
    """
    sources = [seen["source_us"] for own, seen in kinds.items() if filled or own == kind]
    first, last, end = kinds[kind]["us"]
    starts = (min(source[0] for source in sources), kinds[kind]["heard_us"][0])
    late_start = first - (starts[0] if filled else _nearest(first, *starts))
    if kind == "video" and not filled:
        late_end, early_ms = last - sources[0][1], TOLERANCE_MS
    elif kind == "video":
        late_end, early_ms = last - max(source[2] for source in sources), TOLERANCE_MS + commands.HOLD_STEP_MS
    else:
        last_packet_us = sources[0][2] - sources[0][1] if torn else 0
        ends = (kinds[kind]["heard_us"][1], max(source[2] for source in sources))
        late_end = end - (ends[1] if filled else _nearest(end, *ends))
        early_ms = TOLERANCE_MS + last_packet_us // 1000
    if abs(late_start) > TOLERANCE_MS * 1000:
        raise EngineFailed(f"{name}: the {kind} starts {late_start} µs late.")
    if not -early_ms * 1000 <= late_end <= TOLERANCE_MS * 1000:
        raise EngineFailed(f"{name}: the {kind} ends {late_end} µs late.")


def _nearest(time_us: int, earliest_us: int, latest_us: int) -> int:
    """Return the moment between the two that is nearest to a time."""
    return min(max(time_us, earliest_us), latest_us)
