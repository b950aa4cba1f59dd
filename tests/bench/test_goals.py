"""A goal is met or missed by what was measured, and the chart can be read by a program that reads XML."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.bench import chart, goals, page
from tests.bench.clips import Clip
from tests.bench.engine import FLOOR, USUAL, Cost, Made, command_line
from tests.bench.memory import LongSource, Memory, Worker
from tests.bench.service import Published


def cost(kind: str = "screen", seconds: float = 60, *, rungs_s: float = 10, playable_s: float = 0.001) -> Cost:
    """Return what a clip cost whose copy took 2 CPU seconds."""
    clip = Clip(kind, seconds, Path(__file__))
    made = {"copy": Made(2_000_000), "720p": Made(1_000_000, 0.9812), "360p": Made(500_000, 0.9790)}
    return Cost(
        clip,
        floor_s=0.1,
        usual_s=70.0,
        playable_s=playable_s,
        steps={"copy": 2, "rungs": rungs_s},
        renditions=made,
    )


def rows(*costs: Cost) -> list[str]:
    return [verdict.row for verdict in goals.of_engine(costs)]


def row(words: str, *costs: Cost) -> str:
    (found,) = [one for one in rows(*costs) if words in one]
    return found


@pytest.mark.parametrize(("rungs_s", "said"), [(17.9, "met"), (18.5, "**missed by 0.5** (2.5%): rungs 18.5, copy 2.0")])
def test_a_goal_is_met_up_to_its_limit_and_missed_beyond_by_so_much_and_why(rungs_s: float, said: str) -> None:
    assert row("all for", cost(rungs_s=rungs_s, playable_s=0)).endswith(f"| {said} |")


def test_costs_are_held_against_the_goal_by_the_recorded_minute() -> None:
    assert "| 62.0 | **missed by 30.0**" in row("all for", cost("mix", 10, rungs_s=8 + 1 / 3, playable_s=0))


def test_a_short_clip_that_misses_it_tells_what_comes_whatever_the_length() -> None:
    short, long = cost("mix", 10, rungs_s=6), cost("mix", 60, rungs_s=26)
    assert row("32 CPU s a recorded minute | mix, 10 s", short, long).endswith(
        "rungs 36.0, copy 12.0; of its 8.0 CPU s, 4.0 come whatever the length |"
    )


def test_the_worst_rung_is_held_against_the_goal_for_likeness() -> None:
    found = row("SSIM", cost())
    assert "360p | 0.9790 | **missed by 0.0010**" in found
    assert "720p has 0.9812" in found


def test_what_grows_with_the_length_is_not_flat() -> None:
    assert row("flat", cost(seconds=10), cost(seconds=60, playable_s=0.006)).endswith("| met |")
    assert "missed" in row("flat", cost(seconds=10), cost(seconds=60, playable_s=0.009))


def test_a_worker_that_takes_more_than_it_should_is_told_with_what_it_took_before() -> None:
    workers = [Worker("publish", 90_000_000, 150_000_000), Worker("transcode", 100_000_000, 230_000_000)]
    long_source = LongSource(Clip("slow", 7200, Path(__file__)), workers, 10, 0.1, 10)
    found = goals.of_memory(Memory(long_source, [])).row
    assert "transcode | 230 | **missed by 30** (15.0%): 100 MB of it before" in found


def test_the_chart_has_a_panel_for_each_kind_and_a_figure_for_each_point() -> None:
    drawn = chart.draw([cost("screen", 10), cost("screen", 60), cost("mix", 10), cost("mix", 60), cost("chromium", 61)])
    texts = [element.text for element in ET.fromstring(drawn).iter() if element.tag.endswith("text")]
    assert "screen" in texts
    assert "mix" in texts
    assert "chromium" not in texts  # of one length
    assert "1 min" in texts
    assert "12" in texts  # CPU seconds a minute


def test_each_clip_is_a_row_whether_the_engine_ran_it_or_the_installation() -> None:
    published = Published(cost("mix", 10).clip, 0.1, 5, 0.2, 0.05, 9)
    lines = page.costs_and_times([cost("screen", 10)], [published])
    table = [line for line in lines if line.startswith("|")]
    assert len({line.count("|") for line in table}) == 1
    assert sum("10 s" in line for line in table) == 2


def test_commands_can_be_pasted_into_a_shell() -> None:
    assert command_line(FLOOR) == "ffmpeg -v error -y -i clip.mp4 -c copy -movflags +faststart floor.mp4"
    assert "'expr:gte(t,n_forced*2)'" in command_line(USUAL)
