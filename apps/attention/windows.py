"""Whose hours it is: pure arithmetic of wall clocks, the ground of when a mail may go out.

A day belongs to a reader's own zone. Asking the wall clock instead of adding hours makes summer time nobody's
concern: where clocks are set forward or back, nine o'clock is still once a day.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

DIGEST_AT = time(9)
ANSWERS_FROM = time(8)
QUIET_FROM = time(20)  # nothing goes out from here to the next morning


def is_zone(name: str) -> bool:
    """Return whether this is an IANA name that this machine knows."""
    return name in available_timezones()


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of this name; UTC for "", and for one that this machine knows no more."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def open_day(now: datetime, zone_name: str, *, opens: time, closes: time = QUIET_FROM) -> date | None:
    """Return today's date in the zone while its wall clock stands between `opens` and `closes`, else None."""
    local = now.astimezone(zone_of(zone_name))
    return local.date() if opens <= local.time() < closes else None


def open_zones(now: datetime, names: Iterable[str], *, opens: time) -> dict[date, list[str]]:
    """Return the zones whose hours are open now, by the date that they show: two dates, around noon UTC three."""
    by_day: dict[date, list[str]] = defaultdict(list)
    for name in names:
        day = open_day(now, name, opens=opens)
        if day is not None:
            by_day[day].append(name)
    return dict(by_day)


def moment_of(day: date, at: time, zone_name: str) -> datetime:
    """Return when the zone's wall clock shows this time on this day, the first time where it does so twice."""
    return datetime.combine(day, at, zone_of(zone_name))
