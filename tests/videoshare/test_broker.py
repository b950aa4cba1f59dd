"""The embedded broker: whole messages, each of them once, whoever is killed."""

import multiprocessing
import os
import shutil
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection, Queue

from videoshare import broker

broker.register()
spawn = multiprocessing.get_context("spawn")  # as real senders are: processes with nothing in common
QUEUE = Queue("publish", routing_key="publish")


def connect(folder: Path) -> Connection:
    return Connection("embedded://", transport_options={"folder": str(folder), "polling_interval": 0.01})


def channel_of(connection: Connection) -> broker.Channel:
    channel = connection.channel()
    assert isinstance(channel, broker.Channel)
    return channel


def send(folder: Path, bodies: list[int | str]) -> None:
    with connect(folder) as connection, connection.Producer() as producer:
        for body in bodies:
            producer.publish(body, exchange="", routing_key="publish", declare=[QUEUE], serializer="json")


def receive(folder: Path, expected: int, patience: float = 20.0) -> list[object]:
    """Return what arrives until `expected` messages have, or nothing more did for `patience` seconds."""
    got: list[object] = []

    def note(body: object, message: object) -> None:
        got.append(body)
        message.ack()  # type: ignore[attr-defined]

    with connect(folder) as connection, connection.Consumer([QUEUE], callbacks=[note], accept=["json"]):
        deadline = time.monotonic() + patience
        while len(got) < expected and time.monotonic() < deadline:
            with suppress(TimeoutError):
                connection.drain_events(timeout=1)
                deadline = time.monotonic() + patience
    return got


def take_all(folder: Path, stop: threading.Event, results: "multiprocessing.Queue[list[str]]") -> None:
    """Take messages straight from the channel until there are none and `stop` is set; then report them."""
    got = []
    with connect(folder) as connection:
        channel = channel_of(connection)
        while True:
            stopping = stop.is_set()
            try:
                got.append(channel._get("publish")["n"])
            except Empty:
                if stopping:
                    break
                time.sleep(0.002)
    results.put(got)


def put_for_ever(folder: Path, ready: threading.Event) -> None:
    with connect(folder) as connection:
        channel = channel_of(connection)
        ready.set()
        while True:
            channel._put("publish", {"n": "x" * 2_000_000})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "broker"


def test_messages_come_in_the_order_they_were_sent(folder: Path) -> None:
    send(folder, list(range(20)))
    assert receive(folder, 20) == list(range(20))


def test_a_thousand_messages_of_four_processes_reach_two_consumers_once_each(folder: Path) -> None:
    results, stop = spawn.Queue(), spawn.Event()
    consumers = [spawn.Process(target=take_all, args=(folder, stop, results)) for _ in range(2)]
    senders = [spawn.Process(target=_put_numbers, args=(folder, range(i * 250, (i + 1) * 250))) for i in range(4)]
    for process in consumers + senders:
        process.start()
    for process in senders:
        process.join()
    stop.set()
    got = results.get(timeout=60) + results.get(timeout=60)
    for process in consumers:
        process.join()
    assert Counter(got) == Counter(range(1000))


def test_a_killed_writer_leaves_no_half_message(folder: Path) -> None:
    for _ in range(5):
        ready = spawn.Event()
        writer = spawn.Process(target=put_for_ever, args=(folder, ready))
        writer.start()
        assert ready.wait(timeout=60)
        while len(broker.message_names(folder / "publish")) < 3:
            time.sleep(0.001)
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        with connect(folder) as connection:
            channel = channel_of(connection)
            names = broker.message_names(folder / "publish")
            sizes = [len(channel._get("publish")["n"]) for _ in names]
        assert set(sizes) == {2_000_000}


def test_a_message_that_a_power_cut_emptied_is_dropped_and_the_next_one_arrives(folder: Path) -> None:
    send(folder, ["first"])
    (folder / "publish" / "0000000000000000000-cut.json").write_bytes(b"")
    assert receive(folder, 1) == ["first"]
    assert broker.message_names(folder / "publish") == []


def test_waiting_for_a_message_is_cut_short_so_that_a_worker_hears_that_it_shall_stop(folder: Path) -> None:
    with connect(folder) as connection, connection.Consumer([QUEUE], accept=["json"]), pytest.raises(TimeoutError):
        connection.drain_events(timeout=3600)


def test_what_a_consumer_had_not_acknowledged_goes_back_when_it_stops(folder: Path) -> None:
    send(folder, ["mine"])
    with connect(folder) as connection, connection.Consumer([QUEUE], callbacks=[lambda *_: None], accept=["json"]):
        connection.drain_events(timeout=5)
        assert broker.message_names(folder / "publish") == []
    assert receive(folder, 1) == ["mine"]


def test_leftovers_of_dead_processes_go_after_an_hour_and_fresh_ones_stay(folder: Path) -> None:
    send(folder, ["whole"])
    old, fresh, taken = folder / "publish/.old.json", folder / "publish/.fresh.json", folder / ".taken/old.json"
    for path in (old, fresh, taken):
        path.write_text("{")
    for path in (old, taken):
        os.utime(path, (time.time() - 3700, time.time() - 3700))
    assert receive(folder, 1) == ["whole"]
    assert (old.exists(), taken.exists(), fresh.exists()) == (False, False, True)


def test_a_queue_is_counted_and_purged_by_whole_messages_alone(folder: Path) -> None:
    send(folder, [1, 2, 3])
    (folder / "publish" / ".draft.json").write_text("{")
    with connect(folder) as connection:
        channel = channel_of(connection)
        assert channel._size("publish") == 3
        assert channel._purge("publish") == 3
        assert channel._size("publish") == 0


def _put_numbers(folder: Path, numbers: range) -> None:
    with connect(folder) as connection:
        channel = channel_of(connection)
        for number in numbers:
            channel._put("publish", {"n": number})


def test_messages_are_heard_again_after_the_folders_were_removed_under_a_consumer(folder: Path) -> None:
    send(folder, ["before"])
    with connect(folder) as connection:
        channel = channel_of(connection)
        assert channel._get("publish")
        shutil.rmtree(folder)
        channel._put("publish", {"n": 1})
        assert channel._get("publish")
