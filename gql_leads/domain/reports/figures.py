"""Figures of reports: numbers of leads by the instant of each step, and numbers of opportunities.

A lead counts as received, accepted, declined and so on if that step lies in the period, independently of the other steps. Test leads are
not counted. Deleted leads are counted in reports for the vendor, and not in reports for partners.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gql_leads.domain.values.money import Money

AGES: Final = (0, 24, 72, 168, 336)
"""The hours at which the buckets of ages begin; the last one has no end."""
_HOUR = timedelta(hours=1)


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
class PartnerFigures:
    """Figures of the leads that one partner has, or had at their end.

    `received` counts those that reached the partner in the period.
    """

    partner_id: UUID
    totals: Totals = field(default_factory=Totals)
    """`open` is not counted for a partner."""
    median_response: timedelta | None = None
    estimated_value: list[Money] = field(default_factory=list)


@dataclass(slots=True)
class Point:
    """Figures of one day, week or month of a series."""

    start: datetime
    received: int = 0
    accepted: int = 0
    archived: int = 0
    won: int = 0


@dataclass(slots=True)
class OpportunityFigures:
    """Number of opportunities created, won and lost in the period.

    `open` counts those that were created before its end and not closed then.
    """

    created: int = 0
    won: int = 0
    lost: int = 0
    open: int = 0
    amount_won: list[Money] = field(default_factory=list)
    """One amount for each currency, sorted by its code."""
    amount_open: list[Money] = field(default_factory=list)

    @property
    def win_rate(self) -> float | None:
        """Won opportunities divided by closed ones; None if there are none."""
        return _share(self.won, self.won + self.lost)


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
    ages: list[int] = field(default_factory=lambda: [0] * len(AGES))
    """Number of open leads in each bucket of AGES, by the time since they reached their partner or queue."""
    partners: list[PartnerFigures] = field(default_factory=list)
    """One for each visible partner with any lead in the period, most received first, then by id."""


def hours(duration: timedelta | None) -> float | None:
    """Return a duration in hours."""
    return None if duration is None else duration / _HOUR


def bucket_of(age: timedelta) -> int:
    """Return the index of the bucket of AGES; an age below 0 belongs to the first one."""
    return max((index for index, start in enumerate(AGES) if age >= start * _HOUR), default=0)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
