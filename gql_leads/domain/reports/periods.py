"""Periods of reports, and the instants at which days, weeks and months begin in a time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from gql_leads.domain.errors import BadInput

MOST_POINTS = 1_000
"""Maximum length of a series."""
_RESOLUTION = timedelta(milliseconds=1)


class ReportInterval(StrEnum):
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class ReportScope(StrEnum):
    IN_SIGHT = "IN_SIGHT"
    HELD = "HELD"


@dataclass(frozen=True, slots=True)
class Period:
    """Interval in UTC from `start`, inclusive, to `end`, exclusive."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise BadInput("Give a `from` that lies before the `before` of the report.")

    def boundaries(self, interval: ReportInterval, zone: tzinfo) -> list[datetime]:
        """Return the beginnings of all days, weeks (from Monday) or months that overlap the period, and the end.

        The first may lie before the period, and the end after it. A day that the zone skipped is left out. Raise BadInput if there are
        too many.
        """
        found = [self._first(interval, zone)]
        day = found[0].astimezone(zone).date()
        while found[-1] < self.end:
            if len(found) > MOST_POINTS:
                raise BadInput(f"This series would have more than {MOST_POINTS:,} points. Ask for a shorter time or a longer interval.")
            try:
                day = _next(interval, day)
                start = day_start(day, zone)
            except OverflowError:  # after the year 9999
                start = self.end
            if start > found[-1]:
                found.append(start)
        return found

    def _first(self, interval: ReportInterval, zone: tzinfo) -> datetime:
        try:
            day = first_day(interval, self.start.astimezone(zone).date())
            start = day_start(day, zone)
            return start if start <= self.start else day_start(first_day(interval, day - timedelta(days=1)), zone)
        except OverflowError:
            raise BadInput("Give a `from` after the first days of the year 1.") from None


def first_day(interval: ReportInterval, day: date) -> date:
    """Return the first day of the day, week (from Monday) or month that contains the day."""
    if interval is ReportInterval.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval is ReportInterval.MONTH else day


def day_start(day: date, zone: tzinfo) -> datetime:
    """Return the first instant in UTC from which on the zone's date is this day or a later one."""
    midnight = datetime.combine(day, time(), zone)
    early, late = (midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return early
    if early < late:  # Clocks are set back over midnight, or to it: in the first case, the day before goes on for a while.
        return early if (late - _RESOLUTION).astimezone(zone).date() >= day else late
    return _transition(late, early, zone)


def _transition(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the instant between two others at which the clocks are set forward, past midnight."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _RESOLUTION:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=after.microsecond // 1000 * 1000)


def _next(interval: ReportInterval, day: date) -> date:
    if interval is ReportInterval.MONTH:
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if interval is ReportInterval.WEEK else 1)
