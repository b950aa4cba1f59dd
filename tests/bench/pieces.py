"""What it costs to encode a long recording in pieces, beside encoding it in one, and how much sooner it is done.

The engine's own steps, called as jobs call them (apps/videos/pieces.py) but without fetching and storing: cut, probe
and encode each piece, the sound whole, join. Each worker has one thread, as one of many slots has.
"""

import logging
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from media import pieces
from media.index import count_frames
from media.publish import RenditionPlan, SourceInfo, find_ffmpeg, make_ladder, plan_publication, probe
from tests.bench.clips import Clip
from tests.bench.engine import counting

log = logging.getLogger(__name__)

THREADS = 1


@dataclass(frozen=True)
class Way:
    """One way to encode the rungs of a clip: how many jobs at a time, in how many pieces, and what it took."""

    name: str
    workers: int
    pieces: int
    cpu_s: float
    clock_s: float
    size_bytes: int
    frames: int


def measure(clip: Clip, folder: Path) -> list[Way]:
    """Return the clip's rungs encoded in one, in pieces one after the other, and in pieces on all cores."""
    ffmpeg = find_ffmpeg(None)
    ways = []
    with tempfile.TemporaryDirectory(dir=folder) as name:
        work = Path(name)
        (work / "probe").mkdir()
        info = probe(clip.path, folder=work / "probe")
        rungs = plan_publication(info).rungs
        for title, workers in (("in one", 0), ("in pieces", 1), ("in pieces", os.cpu_count() or 1)):
            place = work / f"{title}-{workers}"
            place.mkdir()
            started = time.monotonic()
            with counting() as spent:
                if workers:
                    count, made = _in_pieces(clip, info, rungs, place, ffmpeg, workers)
                else:
                    ladder = make_ladder(clip.path, info, rungs, folder=place, ffmpeg_path=ffmpeg, threads=THREADS)
                    count, made = 1, [one.path for one in ladder]
            clock_s = time.monotonic() - started
            frames = sum(count_frames(path) for path in made)
            size_bytes = sum(path.stat().st_size for path in made)
            ways.append(Way(title, max(workers, 1), count, spent(), clock_s, size_bytes, frames))
            log.info("%s: %s, %d at a time", clip.name, title, max(workers, 1))
    return ways


def _in_pieces(
    clip: Clip, info: SourceInfo, rungs: tuple[RenditionPlan, ...], folder: Path, ffmpeg: Path, workers: int
) -> tuple[int, list[Path]]:
    """Return the number of pieces, and the joined file of each rung."""
    cutting, joining = folder / "cut", folder / "join"
    for place in (cutting, joining):
        place.mkdir()
    cuts = pieces.cut(clip.path, info, folder=cutting, ffmpeg_path=ffmpeg)
    pictures = [pieces.picture_of(rung) for rung in rungs]

    def encode(number: int) -> dict[str, pieces.MadePiece]:
        probing, work = folder / f"probe-{number}", folder / f"work-{number}"
        for place in (probing, work):
            place.mkdir()
        cut = cuts[number]
        own = probe(cut.path, folder=probing)
        made = {}
        for one in pieces.encode(cut.path, own, pictures, folder=work, ffmpeg_path=ffmpeg, threads=THREADS):
            path = one.path.rename(joining / f"{one.name}-{number}.mp4")
            made[one.name] = pieces.MadePiece(path, cut.start_us, one.frames)
        return made

    with ThreadPoolExecutor(max_workers=workers) as side_by_side:
        encoded = list(side_by_side.map(encode, range(len(cuts))))
    sound = pieces.make_sound(clip.path, info, pieces.sound_of(rungs[0]), folder=joining, ffmpeg_path=ffmpeg)
    joined = []
    for rung in rungs:
        own = [made[rung.name] for made in encoded]
        joined.append(pieces.join(clip.path, info, rung, own, sound, folder=joining, ffmpeg_path=ffmpeg).path)
    return len(cuts), joined
