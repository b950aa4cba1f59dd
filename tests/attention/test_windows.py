"""Whose hours it is, also where clocks are set forward or back."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.attention import windows

ZONES = sorted(available_timezones())
NAMED = ("Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def minutes_open(zone: str, day: date, opens: time) -> list[datetime]:
    """Return the minutes of UTC in which this day is open."""
    start = datetime.combine(day, time(0), UTC) - timedelta(hours=15)
    minutes = [start + timedelta(minutes=number) for number in range(54 * 60)]
    return [minute for minute in minutes if windows.open_day(minute, zone, opens=opens) == day]


@pytest.mark.parametrize(
    ("zone", "day", "first_in_utc"),
    [
        ("Europe/Berlin", date(2026, 3, 28), "2026-03-28 08:00"),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-29 07:00"),  # set forward that night
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-25 08:00"),  # and back
        ("America/St_Johns", date(2026, 3, 7), "2026-03-07 12:30"),
        ("America/St_Johns", date(2026, 3, 8), "2026-03-08 11:30"),
        ("America/St_Johns", date(2026, 11, 1), "2026-11-01 12:30"),
        ("Pacific/Kiritimati", date(2026, 3, 29), "2026-03-28 19:00"),  # never changes, and is a day ahead
        ("Pacific/Kiritimati", date(2026, 10, 25), "2026-10-24 19:00"),
        ("", date(2026, 3, 29), "2026-03-29 09:00"),
    ],
)
def test_a_morning_begins_when_the_wall_clock_shows_nine(zone: str, day: date, first_in_utc: str) -> None:
    opened = minutes_open(zone, day, windows.DIGEST_AT)
    assert f"{opened[0]:%Y-%m-%d %H:%M}" == first_in_utc
    assert opened == [opened[0] + timedelta(minutes=number) for number in range(11 * 60)]
    assert windows.moment_of(day, windows.DIGEST_AT, zone) == opened[0]


@pytest.mark.parametrize("zone", NAMED)
def test_the_evening_is_quiet(zone: str) -> None:
    day = date(2026, 6, 10)
    for clock, is_open in [(time(7, 59), False), (time(8), True), (time(19, 59), True), (time(20), False)]:
        now = windows.moment_of(day, clock, zone)
        assert (windows.open_day(now, zone, opens=windows.ANSWERS_FROM) is not None) == is_open


@settings(deadline=None)
@given(now=MOMENTS, zone=st.sampled_from(ZONES))
def test_it_is_open_exactly_while_the_wall_clock_says_so(now: datetime, zone: str) -> None:
    local = now.astimezone(ZoneInfo(zone))
    told = windows.open_day(now, zone, opens=windows.DIGEST_AT)
    assert told == (local.date() if 9 <= local.hour < 20 else None)


@settings(deadline=None)
@given(now=MOMENTS, zone=st.sampled_from(ZONES))
def test_every_day_opens_once_and_the_next_one_about_a_day_later(now: datetime, zone: str) -> None:
    day = now.date()
    today, tomorrow = (windows.moment_of(d, windows.DIGEST_AT, zone) for d in (day, day + timedelta(days=1)))
    assert windows.open_day(today, zone, opens=windows.DIGEST_AT) == day
    assert timedelta(hours=22) <= tomorrow.astimezone(UTC) - today.astimezone(UTC) <= timedelta(hours=26)


@settings(deadline=None, max_examples=20)  # six hundred zones each time
@given(now=MOMENTS)
def test_the_zones_that_are_open_are_grouped_by_the_date_they_show(now: datetime) -> None:
    by_day = windows.open_zones(now, ZONES, opens=windows.DIGEST_AT)
    assert len(by_day) <= 3
    shown = {zone: day for day, zones in by_day.items() for zone in zones}
    assert shown == {
        zone: day for zone in ZONES if (day := windows.open_day(now, zone, opens=windows.DIGEST_AT)) is not None
    }


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "Europe", "\0", "x" * 300])
def test_a_zone_that_nobody_knows_is_utc_and_no_zone(name: str) -> None:
    assert windows.zone_of(name) == ZoneInfo("UTC")
    assert not windows.is_zone(name)


def test_a_zone_of_a_browser_is_one() -> None:
    assert all(windows.is_zone(name) for name in (*NAMED, "UTC", "Etc/GMT+12"))
