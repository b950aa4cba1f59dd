"""How many cores a worker takes itself to have."""

import os
from pathlib import Path

import pytest

from media.cores import given_cores


@pytest.mark.parametrize(
    ("written", "cores"),
    [
        ("max 100000\n", 8),
        ("200000 100000\n", 2),
        ("250000 100000\n", 2),
        ("50000 100000\n", 1),
        ("6400000 100000\n", 8),
        ("", 8),
        ("1 0\n", 8),
        ("many\n", 8),
    ],
)
def test_a_ration_counts_where_it_is_smaller(
    written: str, cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)))
    quota = tmp_path / "cpu.max"
    quota.write_text(written)
    assert given_cores(quota) == cores


def test_without_rations_it_is_what_one_may_run_on(tmp_path: Path) -> None:
    assert given_cores(tmp_path / "none") == len(os.sched_getaffinity(0))
