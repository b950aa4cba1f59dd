"""The programs that one installation consists of, as command lines: the web, two workers and the clock.

`make run` starts them all; docker-compose.yml gives each a container of its own, where `python -m
videoshare.programs web` becomes that program.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from typing import NoReturn

from django.conf import settings

WORKER_SWITCHES = ("--without-gossip", "--without-mingle", "--without-heartbeat")  # they need a broker server


@dataclass(frozen=True)
class Program:
    """A command line and the name under which its lines appear."""

    name: str
    argv: tuple[str, ...]


def programs() -> tuple[Program, ...]:
    """Return what this installation consists of, by its settings.

    What stands between Stop and a playable video has a worker of its own, so that it never waits behind a
    transcode; the transcoding worker is nice 10, so that it never takes the core from the others.
    """
    return (
        Program("web", _python("-m", "gunicorn", "--config", "python:videoshare.webserver", "videoshare.wsgi")),
        Program("publish", worker("publish", concurrency=2)),
        Program("transcode", ("nice", "-n", "10", *worker("transcode", concurrency=settings.TRANSCODE_SLOTS))),
        Program("beat", _celery("beat", "--schedule", str(settings.DATA_DIR / "beat-schedule"), "--pidfile", "")),
    )


def worker(queue: str, *, concurrency: int) -> tuple[str, ...]:
    """Return the command line of a worker that takes from `queue` alone."""
    return _celery(
        "worker", "--queues", queue, "--hostname", f"{queue}@%h", "--concurrency", str(concurrency), *WORKER_SWITCHES
    )


def ending_with_us(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return `argv` such that the program gets a TERM when its parent dies, even by a KILL.

    Where there is no setpriv (it is part of Debian's base, and of nothing but Linux) it is returned as it is.
    """
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", *argv) if setpriv else argv


def _celery(*words: str) -> tuple[str, ...]:
    # The supervisor says in a line what Celery would say in ten about running as root.
    return _python(
        "-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "--app", "videoshare.celery:app", *words
    )


def _python(*words: str) -> tuple[str, ...]:
    return (sys.executable, *words)


def main() -> NoReturn:
    """Become the program that the command line names, or exit with the list of names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoshare.settings")
    known = {program.name: program for program in programs()}
    if len(sys.argv) != 2 or sys.argv[1] not in known:
        sys.exit(f"Usage: python -m videoshare.programs {'|'.join(known)}")
    program = known[sys.argv[1]]
    os.execvp(program.argv[0], program.argv)


if __name__ == "__main__":
    main()
