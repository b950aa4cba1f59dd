"""Sets limits on itself and becomes another program. Run as `python -I -S launcher.py LIMITS PARENT -- argv…`.

It exists so that limits and the bond to the parent are in place before the first byte of a hostile file is read,
without `preexec_fn`, which may deadlock in a parent that has threads. It imports nothing of the project.
LIMITS is JSON: {"memory_bytes", "cpu_seconds", "file_bytes", "open_files", "nice"}; PARENT the pid that started it.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PARENT_IS_GONE = 125


def main(arguments: list[str]) -> None:
    """Apply the limits and exec. Never returns; exits with 125 when the parent died meanwhile, 127 when exec fails."""
    limits, parent = json.loads(arguments[0]), int(arguments[1])
    program = arguments[3:]
    for which, value in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(which)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (ceiling, ceiling))
    # When memory gets short the kernel looks for somebody to kill: that is us, and never the worker, whose job can then
    # be tried again. Raising one's own score needs no right; where there is no such file, there is no such killer.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123 - pathlib costs 10 ms
        score.write("900")
    if limits["nice"]:
        os.nice(limits["nice"])
    if sys.platform == "linux":
        # A worker killed with -9 cannot clean up: the kernel then ends its ffmpeg. The check after the call closes the
        # gap in which the parent died before we asked.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(PARENT_IS_GONE)
    # Python ignores these two at its start, and what is ignored stays so across exec: a file-size limit would then show
    # as a write error instead of a signal.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execv(program[0], program)
    except OSError as error:
        sys.stderr.write(f"Cannot start {program[0]}: {error}\n")
        sys.exit(127)


if __name__ == "__main__":
    main(sys.argv[1:])
