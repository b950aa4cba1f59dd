"""Checks a finished rendition against its source before anybody relies on it."""

from pathlib import Path
from typing import Any

from media import commands, scan_process
from media.containers import container_named
from media.errors import EngineFailed
from media.plan import RenditionPlan
from media.probe import MAX_DURATION_MS, SourceInfo
from media.runner import Limits, run

TOLERANCE_MS = 80
"""How far a timestamp may move: below what people notice between lips and sound (125 ms late, ITU-R BT.1359)."""


def verify_rendition(
    source: Path,
    info: SourceInfo,
    item: RenditionPlan,
    rendition: Path,
    *,
    folder: Path,
    ffmpeg_path: Path,
    limits: Limits,
) -> None:
    """Return when the rendition says what its source says; raise EngineFailed with a sentence when not.

    Copied streams must have the same number of packets, each within 80 ms of the source's. Encoded ones must start and
    end within 80 ms of it and decode without an error. The files may differ in their start as a whole: the difference
    of the first video timestamps (first audio ones without video) is taken off everything, sound included.
    """
    seen = scan_process.compare(
        source,
        container_named(info.container),
        rendition,
        container_named("mp4"),
        folder=folder,
        max_ms=MAX_DURATION_MS + TOLERANCE_MS,
    )
    kinds = (("video", item.video, info.video), ("audio", item.audio, info.audio))
    for kind, mode, track in kinds:
        if mode is None or track is None:
            continue
        if kind not in seen["kinds"]:
            raise EngineFailed(f"The rendition {item.name} has no {kind}.")
        (check_copied if mode == "copy" else check_encoded)(item.name, kind, seen["kinds"][kind])
    encoded = "".join(kind[0] for kind, mode, track in kinds if mode not in (None, "copy") and track is not None)
    if encoded:
        run(commands.decode_command(ffmpeg_path, rendition, encoded), folder=folder, limits=limits)


def check_copied(name: str, kind: str, seen: dict[str, Any]) -> None:
    """Raise EngineFailed when a copied stream lost packets or moved."""
    if seen["packets"] != seen["source_packets"]:
        raise EngineFailed(f"{name}: {kind} has {seen['packets']} packets of {seen['source_packets']} in the source.")
    if seen["apart_us"] > TOLERANCE_MS * 1000:
        raise EngineFailed(f"{name}: a {kind} timestamp moved by {seen['apart_us']} µs.")


def check_encoded(name: str, kind: str, seen: dict[str, Any]) -> None:
    """Raise EngineFailed when an encoded stream starts or ends elsewhere than its source."""
    for edge in ("start", "end"):
        apart = seen[f"{edge}_apart_us"]
        if apart > TOLERANCE_MS * 1000:
            raise EngineFailed(f"{name}: the {kind} has its {edge} {apart} µs from the source's.")
