"""README.md tells the truth about settings, files and commands."""

import re
from pathlib import Path

from videoshare.environment import VARIABLES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def section(title: str) -> str:
    """Return the text below a heading, up to the next one of the same level."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_table_of_settings_has_each_variable_once() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", section("Settings"), flags=re.MULTILINE)
    assert sorted(rows) == sorted(VARIABLES)


def test_each_file_on_the_way_of_a_video_exists() -> None:
    named = [path for path in re.findall(r"`([a-z_/.-]+)`", section("How a video travels")) if "/" in path]
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_each_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)", section("Work on it"))) <= targets


def test_each_picture_exists() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert [path for path in pictures if not (ROOT / path).is_file()] == []
