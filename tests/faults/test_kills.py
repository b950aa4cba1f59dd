"""Any process of an installation killed with -9 while a video is sent and published: the video ends well.

Each fault is a signal to a process that is held at a step (see steps.py). Here are the worst steps of each, with the
clocks of jobs shortened; every process at every step stands in test_every_step.py.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.faults.faults import (
    Fault,
    assert_nothing_is_left_behind,
    beat,
    broker,
    child,
    database,
    engine,
    everything,
    suffer,
    suffer_idle,
    suffer_until_given_up,
    web,
    worker,
)
from tests.faults.films import COPIED, ENCODED
from tests.faults.scene import Scene
from tests.faults.servers import S3, Postgres, Redis, Server

STORED_AND_UNNAMED = "commit-core_job-videos_rendition-videos_video.1"
PUT_TOGETHER_AND_UNKNOWN = "commit-uploads_upload-videos_source-videos_publication-videos_video-core_job.1"

AT_ONCE = (
    Fault("half of the sound is encoded", engine, "publish", "engine-make-copy-aac.1", COPIED),
    Fault("an object is stored, and no row names it", child, "publish", STORED_AND_UNNAMED, COPIED),
    Fault("a worker leaves its pool and its ffmpeg alone", worker, "transcode", "engine-make-h264.1", ENCODED),
    Fault("a file is put together, and the rows do not know", web, "complete", PUT_TOGETHER_AND_UNKNOWN, COPIED),
)
ONE_BY_ONE = (
    Fault("a job is left behind, its message lost, and nobody asks for sweeps", beat, "publish", "ring.1", ENCODED),
    Fault("power is lost in the middle of a commit", everything, "transcode", STORED_AND_UNNAMED, ENCODED),
)

ON_SERVERS = (
    Fault("the database falls in the middle of a commit", database, "publish", STORED_AND_UNNAMED, COPIED),
    Fault("the broker is gone when it is to be told of a job", broker, "complete", "ring.1", COPIED),
)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Yield a running installation without servers, with short clocks."""
    yield from running(Scene.at(tmp_path / "installation", quick=True))


@pytest.fixture
def scene_on_s3(tmp_path: Path) -> Iterator[Scene]:
    """Yield a running installation with its objects in S3, with short clocks."""
    store = S3(tmp_path)
    store.start()
    yield from running(Scene.at(tmp_path / "installation", quick=True, servers={"store": store}))


@pytest.fixture
def scene_on_servers(tmp_path: Path) -> Iterator[Scene]:
    """Yield a running installation on PostgreSQL and Redis, both its own, with short clocks."""
    servers: dict[str, Server] = {"database": Postgres(tmp_path), "broker": Redis(tmp_path)}
    for server in servers.values():
        server.start()
    yield from running(Scene.at(tmp_path / "installation", quick=True, servers=servers))


def running(scene: Scene) -> Iterator[Scene]:
    try:
        scene.start()
        yield scene
    finally:
        scene.end()


def test_each_process_killed_at_its_worst_step_leaves_every_video_ready(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    with ThreadPoolExecutor(max_workers=len(AT_ONCE) + 1) as together:
        sufferings: dict[str, Future[Any]] = {fault.name: together.submit(suffer, scene, fault) for fault in AT_ONCE}
        sufferings["every attempt is killed"] = together.submit(suffer_until_given_up, scene, STORED_AND_UNNAMED)
        for name, suffering in sufferings.items():
            with subtests.test(name):
                suffering.result()
    with subtests.test("processes that wait for a job"):
        suffer_idle(scene)
    for fault in ONE_BY_ONE:
        with subtests.test(fault.name):
            suffer(scene, fault)
    assert_nothing_is_left_behind(scene)


def test_over_s3_nothing_is_lost_or_left_behind_either(scene_on_s3: Scene) -> None:
    fault = Fault("power is lost after an object was stored", everything, "publish", STORED_AND_UNNAMED, COPIED)
    suffer(scene_on_s3, fault)
    assert_nothing_is_left_behind(scene_on_s3)


@pytest.mark.services
def test_a_database_and_a_broker_killed_at_their_worst_step_cost_no_video(
    scene_on_servers: Scene, subtests: pytest.Subtests
) -> None:
    for fault in ON_SERVERS:
        with subtests.test(fault.name):
            suffer(scene_on_servers, fault)
    with subtests.test("processes that wait for a job"):
        suffer_idle(scene_on_servers)
    assert_nothing_is_left_behind(scene_on_servers)
