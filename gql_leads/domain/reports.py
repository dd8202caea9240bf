"""What a report counts: leads by the instant of each step, within an interval of UTC.

A lead counts as received, accepted, declined … where that step lies in the interval, whenever the others do. Test leads count nowhere.
Deleted leads stay counted for the vendor; to a partner they are not there.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gql_leads.domain.errors import BadInput
from gql_leads.domain.money import Money

MOST_POINTS = 1_000
"""Of one series."""
_HOUR = timedelta(hours=1)
_RESOLUTION = timedelta(milliseconds=1)


class ReportInterval(StrEnum):
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


@dataclass(frozen=True, slots=True)
class Period:
    """Instants of UTC from `start`, inclusive, to `end`, exclusive."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise BadInput("Give `before` as an instant after `from`.")

    def points(self, interval: ReportInterval) -> list[datetime]:
        """Where each day, week (from Monday) or month that the period touches begins, in order; the first may begin before the period."""
        last = beginning(interval, self.end - _RESOLUTION)
        found = [beginning(interval, self.start)]
        while found[-1] < last:
            if len(found) == MOST_POINTS:
                raise BadInput(f"This series would have more than {MOST_POINTS:,} points. Ask for a shorter time or a longer interval.")
            found.append(_next(interval, found[-1]))
        return found


def beginning(interval: ReportInterval, at: datetime) -> datetime:
    """Where the day, week or month of the instant begins."""
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
    """How many leads took each step in the period, and how many were open at its end: received before it, and not archived then."""

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
        """Accepted, of those that were answered or expired."""
        return _share(self.accepted, self.accepted + self.declined + self.expired)

    @property
    def conversion_rate(self) -> float | None:
        """Converted, of those received."""
        return _share(self.converted, self.received)


@dataclass(slots=True)
class Point:
    """One day, week or month of a series."""

    start: datetime
    received: int = 0
    accepted: int = 0
    archived: int = 0
    won: int = 0


@dataclass(slots=True)
class Report:
    """The figures that were asked for; of the others, nothing."""

    totals: Totals = field(default_factory=Totals)
    median_response: timedelta | None = None
    """Between reaching the partner and its answer (accepted or declined), of leads answered in the period."""
    estimated_value: list[Money] = field(default_factory=list)
    """Deals of leads accepted in the period, one amount for each currency, by its code."""
    series: list[Point] = field(default_factory=list)

    @property
    def median_response_hours(self) -> float | None:
        """The median in hours."""
        return None if self.median_response is None else self.median_response / _HOUR


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
