"""The programs that one installation consists of, as command lines: the web, the workers and the clock.

`make run` starts them all; docker-compose.yml gives each a container of its own, where `python -m
videoshare.programs web` becomes that program.

A worker on a broker server has a pool: a parent that hears of jobs, and a process for each slot. On the embedded broker
each slot is a worker without a pool instead. Celery's pool there is one whose idle processes pass a lock around: who is
killed with -9 while holding it takes it along, and no other process of the pool ever gets a job again (seen). On a
broker server each process has a pipe of its own.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from typing import NoReturn

from django.conf import settings

WORKER_SWITCHES = ("--without-gossip", "--without-mingle", "--without-heartbeat")  # they need a broker server
PUBLISH_SLOTS = 2
TRANSCODE_NICE = 10


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
        *workers("publish", slots=PUBLISH_SLOTS),
        *workers("transcode", slots=settings.TRANSCODE_SLOTS, nice=TRANSCODE_NICE),
        Program("beat", _celery("beat", "--schedule", str(settings.DATA_DIR / "beat-schedule"), "--pidfile", "")),
    )


def workers(queue: str, *, slots: int, nice: int = 0) -> tuple[Program, ...]:
    """Return what takes from `queue` alone and does so many jobs at a time: one program, or one for each slot."""
    before = ("nice", "-n", str(nice)) if nice else ()
    if settings.CELERY_BROKER_URL:
        return (Program(queue, (*before, *_worker(queue, queue, "--concurrency", str(slots)))),)
    names = [queue, *(f"{queue}-{number}" for number in range(2, slots + 1))]
    return tuple(Program(name, (*before, *_worker(queue, name, "--pool", "solo"))) for name in names)


def _worker(queue: str, name: str, *switches: str) -> tuple[str, ...]:
    return _celery("worker", "--queues", queue, "--hostname", f"{name}@%h", *switches, *WORKER_SWITCHES)


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
