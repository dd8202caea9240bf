"""Reports: numbers of leads by the instant of each step, in an interval of UTC.

A lead counts as received, accepted, declined and so on if that step lies in the interval, independently of the other steps. Test leads are
not counted. Deleted leads are counted in reports for the vendor, and not in reports for partners.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gql_leads.domain.errors import BadInput
from gql_leads.domain.values.money import Money

MOST_POINTS = 1_000
"""Maximum length of a series."""
_HOUR = timedelta(hours=1)
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

    def points(self, interval: ReportInterval) -> list[datetime]:
        """Return the beginnings of all days, weeks (from Monday) or months that overlap the period, in order.

        The first may lie before the period. Raise BadInput if there are too many.
        """
        last = beginning(interval, self.end - _RESOLUTION)
        found = [beginning(interval, self.start)]
        while found[-1] < last:
            if len(found) == MOST_POINTS:
                raise BadInput(f"This series would have more than {MOST_POINTS:,} points. Ask for a shorter time or a longer interval.")
            found.append(_next(interval, found[-1]))
        return found


def beginning(interval: ReportInterval, at: datetime) -> datetime:
    """Return the beginning of the day, week or month of the instant."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if interval is ReportInterval.WEEK:
        return midnight - timedelta(days=midnight.weekday())
    return midnight.replace(day=1) if interval is ReportInterval.MONTH else midnight


def _next(interval: ReportInterval, start: datetime) -> datetime:
    if interval is ReportInterval.MONTH:
        return (start + timedelta(days=31)).replace(day=1)
    return start + timedelta(days=7 if interval is ReportInterval.WEEK else 1)


@dataclass(slots=True)
class Totals:
    """Number of leads that took each step in the period.

    `open` counts leads that were received before the end of the period and not archived then.
    """

    received: int = 0
    accepted: int = 0
    declined: int = 0
    expired: int = 0
    won: int = 0
    lost: int = 0
    converted: int = 0
    open: int = 0

    @property
    def acceptance_rate(self) -> float | None:
        """Accepted leads divided by answered or expired ones; None if there are none."""
        return _share(self.accepted, self.accepted + self.declined + self.expired)

    @property
    def conversion_rate(self) -> float | None:
        """Converted leads divided by received ones; None if there are none."""
        return _share(self.converted, self.received)


@dataclass(slots=True)
class Point:
    """Figures of one day, week or month of a series."""

    start: datetime
    received: int = 0
    accepted: int = 0
    archived: int = 0
    won: int = 0


@dataclass(slots=True)
class Report:
    """Requested figures; the others keep their defaults."""

    totals: Totals = field(default_factory=Totals)
    median_response: timedelta | None = None
    """Median time from reaching the partner to its response (accepted or declined), of leads answered in the period."""
    estimated_value: list[Money] = field(default_factory=list)
    """Sum of the deals of leads accepted in the period, one amount for each currency, sorted by its code."""
    series: list[Point] = field(default_factory=list)
    close_reasons: dict[str, int] = field(default_factory=dict)
    """Number of leads declined or lost in the period, by the reason for closing."""

    @property
    def median_response_hours(self) -> float | None:
        """Median response time in hours; None if no lead was answered."""
        return None if self.median_response is None else self.median_response / _HOUR


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
