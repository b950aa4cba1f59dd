"""Real recordings, broken in many ways: none of them may hang or end a worker, or take its memory.

`make fuzz N=2000 SEED=1` breaks so many of them. Each passes the whole engine as a worker calls it, one on Debian's
ffmpeg and the next on the wheel's: probe (PyAV), plan, the first rendition and the poster.
"""

import os
import random
import resource
import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import pytest
from playwright.sync_api import BrowserContext, Page

from media.errors import DiskFull, Interrupted, MediaError
from media.publish import make_poster, make_rendition, plan_publication, probe
from tests.e2e.test_recorder import id_of, press, start, wait_for
from tests.e2e.test_recorder_modes import CAN_DO_LESS
from tests.installation import Installation
from tests.mutations import mutated

pytestmark = [pytest.mark.e2e, pytest.mark.long]

N = int(os.environ.get("FUZZ_N", "60"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
RECORDED_MS = 5_000
MOST_MEMORY_BYTES = 1_500_000_000
"""Of one process of the engine. Its limit is 3 GB of addresses; what is whole takes 0.2 GB."""
LONGEST_S = 600
"""The runner ends a process of a five-second source after 300 s of wall time, and there are three of them."""


@dataclass(frozen=True)
class Outcome:
    """How one broken file ended: "plays" or what the engine raised; in `seconds` of wall time."""

    name: str
    seconds: float


@pytest.fixture
def recordings(context: BrowserContext, page: Page, installation: Installation, token: str) -> dict[str, bytes]:
    """Return what this browser records: MP4, and WebM where it can do less."""
    made = {}
    for name, script in (("mp4", ""), ("webm", CAN_DO_LESS)):
        recorder = page if not script else context.new_page()
        if script:
            recorder.add_init_script(script)
        start(recorder, "Camera")
        recorder.wait_for_timeout(RECORDED_MS)
        press(recorder, "Stop")
        wait_for(recorder, "done")
        path = f"/api/v1/videos/{id_of(recorder)}/source/"
        made[name] = installation.call("GET", path, Authorization=f"Bearer {token}").body
        assert len(made[name]) > 50_000
    return made


def publish(content: bytes, folder: Path, ffmpeg_path: Path) -> Outcome:
    """Return how the engine ends with these bytes. Whatever is no MediaError, or blames the machine, is raised."""
    started = time.monotonic()
    source = folder / "source"
    source.write_bytes(content)

    def empty(name: str) -> Path:
        (folder / name).mkdir()
        return folder / name

    try:
        info = probe(source, folder=empty("probe"))
        plan = plan_publication(info)
        item = (*plan.fast, *plan.slow)[0]
        make_rendition(source, info, item, folder=empty("rendition"), ffmpeg_path=ffmpeg_path)
        make_poster(source, info, folder=empty("poster"), ffmpeg_path=ffmpeg_path)
        name = "plays"
    except (DiskFull, Interrupted):
        raise
    except MediaError as error:
        name = type(error).__name__
    shutil.rmtree(folder)
    return Outcome(name, time.monotonic() - started)


@pytest.mark.timeout(6 * 3600)
def test_no_broken_recording_hangs_or_ends_a_worker_or_takes_its_memory(
    recordings: dict[str, bytes], tmp_path: Path
) -> None:
    engines = [Path("/usr/bin/ffmpeg"), Path(imageio_ffmpeg.get_ffmpeg_exe())]

    def attempt(number: int) -> Outcome:
        chance = random.Random(f"{SEED}-{number}")
        name = chance.choice(sorted(recordings))
        folder = tmp_path / str(number)
        folder.mkdir()
        return publish(mutated(recordings[name], chance), folder, engines[number % 2])

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(attempt, range(N)))
    largest_bytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    longest_s = max(outcome.seconds for outcome in outcomes)
    print(f"\nseed {SEED}, {N} files: {dict(Counter(outcome.name for outcome in outcomes).most_common())}")
    print(f"longest {longest_s:.1f} s, largest process {largest_bytes / 1e6:.0f} MB")
    assert longest_s < LONGEST_S
    assert largest_bytes < MOST_MEMORY_BYTES
    assert {outcome.name for outcome in outcomes} >= {"plays", "NotMedia"}  # not all were refused at the door
