"""The embedded broker: Celery's messages as files, for an installation without a broker server.

A message is a doorbell (the job's row is the truth), and this is its life:

1. Sent: written to a hidden file in the queue's folder, then renamed to its name. A reader that
   lists the folder sees a whole message or none; kombu's own filesystem transport writes under the
   final name, and a worker that read half a message ended on it.
2. Taken: renamed into the folder `.taken`. Two consumers may see the same name in their listings; the
   rename succeeds for one of them, and the other goes on to the next name.
3. Read, and deleted. A consumer killed between 2 and 3 loses the message; the sweep of the jobs rings
   again.

What a killed process leaves behind (hidden drafts, taken files) is deleted after an hour, when the
next process opens the folder.

The names begin with the time of sending, so that a queue is first in, first out. There is one folder a
queue, and messages go to the queue that their routing key names: no exchange but the default one.
"""

import json
import logging
import secrets
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual

logger = logging.getLogger(__name__)

TAKEN = ".taken"
MESSAGE_SUFFIX = ".json"
# Writing or reading a message takes milliseconds: what is older than this belongs to a process that died.
LEFTOVER_SECONDS = 3600.0
# A worker hears that it shall stop only between two waits for messages, and Celery 5.7 waits 2 s at a time, twice.
LONGEST_WAIT_SECONDS = 0.4


class Channel(virtual.Channel):
    """Reads and writes the messages of every queue below the transport option `folder`."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        options: dict[str, Any] = self.connection.client.transport_options  # type: ignore[union-attr, assignment]
        self.folder = Path(options["folder"])
        (self.folder / TAKEN).mkdir(parents=True, exist_ok=True)
        sweep_leftovers(self.folder, older_than=LEFTOVER_SECONDS)

    def _new_queue(self, queue: str, **_keywords: Any) -> None:
        (self.folder / queue).mkdir(parents=True, exist_ok=True)

    def _has_queue(self, queue: str, **_keywords: Any) -> bool:
        return (self.folder / queue).is_dir()

    def _put(self, queue: str, message: dict[str, Any], **_keywords: Any) -> None:
        folder = self.folder / queue
        # Nanoseconds have 19 digits until the year 2286, so names sort by time.
        name = f"{time.time_ns()}-{secrets.token_hex(8)}{MESSAGE_SUFFIX}"
        draft = folder / f".{name}"
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(message), encoding="utf-8")
        draft.rename(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        """Return the oldest message of `queue`. Raises Empty."""
        names = message_names(self.folder / queue)
        if names:
            # Somebody may have removed it meanwhile; without it every rename fails as if another were first.
            (self.folder / TAKEN).mkdir(parents=True, exist_ok=True)
        for name in names:
            taken = self.folder / TAKEN / name
            try:
                (self.folder / queue / name).rename(taken)
            except FileNotFoundError:
                continue  # another consumer was first
            text = taken.read_text(encoding="utf-8", errors="replace")
            taken.unlink()
            try:
                message: dict[str, Any] = json.loads(text)
            except ValueError:
                # A file may be empty after a power cut: it was renamed before its bytes were on disk.
                logger.warning("broker_message_unreadable queue=%s name=%s bytes=%s", queue, name, len(text))
                continue
            return message
        raise Empty

    def _size(self, queue: str) -> int:
        return len(message_names(self.folder / queue))

    def _purge(self, queue: str) -> int:
        purged = 0
        for name in message_names(self.folder / queue):
            with suppress(FileNotFoundError):
                (self.folder / queue / name).unlink()
                purged += 1
        return purged


class Transport(virtual.Transport):
    """kombu's transport behind `embedded://`."""

    Channel = Channel
    default_port = 0
    driver_type = "embedded"
    driver_name = "embedded"
    polling_interval = 0.2  # s; 0.1 s of latency on average, and an idle consumer costs next to nothing

    @property
    def default_connection_params(self) -> dict[str, Any]:
        """Return no host to fall back to: there is none, and kombu would say at each start that it took one."""
        return {}

    def drain_events(self, connection: Any, timeout: float | None = None, **_keywords: Any) -> None:
        """Deliver the next message. Raises socket.timeout after `timeout` or LONGEST_WAIT_SECONDS, what is less."""
        super().drain_events(connection, timeout=timeout and min(timeout, LONGEST_WAIT_SECONDS))

    def driver_version(self) -> str:
        """Return the version that Celery's report shows."""
        return "1"


def message_names(folder: Path) -> list[str]:
    """Return the names of the whole messages in `folder`, oldest first; [] where there is no folder."""
    try:
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return []


def sweep_leftovers(folder: Path, *, older_than: float) -> int:
    """Delete the drafts and taken messages in `folder` older than `older_than` seconds; return how many."""
    swept = 0
    for path in [*folder.glob("*/.*"), *folder.glob(f"{TAKEN}/*")]:
        with suppress(FileNotFoundError):
            if path.is_file() and time.time() - path.stat().st_mtime > older_than:
                path.unlink()
                swept += 1
    return swept


def register() -> None:
    """Make kombu know the URL scheme `embedded://`."""
    TRANSPORT_ALIASES["embedded"] = f"{__name__}:Transport"
