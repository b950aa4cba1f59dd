"""How many cores this process was given: those it may run on, or fewer where a control group rations their time."""

import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""What `docker run --cpus 2` writes: "200000 100000" is 200 ms in each 100 ms (Linux, control groups v2: "max" for no
limit). A container sees its own group here."""


def given_cores(quota: Path = QUOTA) -> int:
    """Return the number of whole cores, at least 1.

    An encoder left to itself starts one and a half threads for each core it sees: 96 on a machine of 64, though it was
    given two.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        limit, period = quota.read_text().split()
        rationed = allowed if limit == "max" else int(limit) // int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return allowed  # no such group: an older kernel, or no Linux
    return max(min(allowed, rationed), 1)
