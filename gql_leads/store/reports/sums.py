"""Sums of the groups that a report's statement counts."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from gql_leads.domain.leads.lead import LeadOutcome
from gql_leads.domain.reports.figures import PartnerFigures, Point, Report, Totals
from gql_leads.domain.values.money import Money
from gql_leads.store.leads.facets import FacetField
from gql_leads.store.reports.columns import kind_of, steps_of
from gql_leads.store.sql.rows import Row

MOST_VALUES: Final = 1_000
"""Largest number of values of one attribute."""
THOUSANDS: Final = 1_000_000
"""Amounts are summed in two parts, because their sum may exceed a BIGINT."""
KIND_FACTOR: Final = 1_024
"""A group of `Part.STEPS` is named by its steps plus this times its kind."""
_COUNT_OF: Final = {
    LeadOutcome.DECLINED: "declined", LeadOutcome.EXPIRED: "expired", LeadOutcome.WON: "won", LeadOutcome.LOST: "lost",
    LeadOutcome.CONVERTED: "converted",
}  # fmt: skip


class Part(StrEnum):
    """The groups that a row belongs to."""

    STEPS = "steps"
    """By the steps in the period, and by attributes with few values."""
    PARTNERS = "partners"
    """By partner and the steps in the period."""
    COUNTRY = "COUNTRY"
    LISTING = "LISTING"
    PARTNER = "PARTNER"
    OWNER = "OWNER"
    RECEIVED = "received"
    """By point of the series."""
    ACCEPTED = "accepted"
    ARCHIVED = "archived"
    """By point of the series, doubled, plus 1 if won."""
    VALUE = "value"
    """By currency, and by partner if requested: the sums of millions, and of the rest."""
    RESPONSE = "response"
    """The doubled median of all leads (`total` is 1), and of each partner."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to count the leads: the columns to group by; groups in which the id is NULL are left out.

    Several numbers are added up to one, which names the group.
    """

    part: Part
    numbers: tuple[str, ...] = ()
    id: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns, the id first."""
        return self.numbers if self.id is None else (self.id, *self.numbers)


class Sums:
    """Adds up the rows of a report's statement."""

    def __init__(self, boundaries: Sequence[datetime]) -> None:
        self._report = Report(series=[Point(start) for start in boundaries[:-1]])
        self._values: dict[FacetField, Counter[str]] = defaultdict(Counter)
        self._partners: dict[str, PartnerFigures] = {}
        self._worth: Counter[str] = Counter()
        self._worth_of_partners: dict[str, Counter[str]] = defaultdict(Counter)

    def enter(self, row: Row) -> None:
        """Add the group of a row."""
        part, key, number, total = Part(row["part"]), row["key"], row["number"], row["total"]
        match part:
            case Part.STEPS:
                self._enter_steps(number % KIND_FACTOR, number // KIND_FACTOR, total)
            case Part.PARTNERS:
                if key is not None:
                    self._enter_partner(key, number, total)
            case Part.RECEIVED | Part.ACCEPTED | Part.ARCHIVED:
                if number is not None:
                    self._enter_point(part, number, total)
            case Part.VALUE:
                amount = number * THOUSANDS + total
                self._worth[row["currency"]] += amount
                if key is not None:
                    self._worth_of_partners[key][row["currency"]] += amount
            case Part.RESPONSE:
                self._enter_response(key, number, is_total=total == 1)
            case _:
                if key is not None:
                    self._values[FacetField(part.value)][key] += total

    def report(self) -> Report:
        """Return the figures of all entered rows."""
        report = self._report
        report.estimated_value = _money(self._worth)
        for key, worth in self._worth_of_partners.items():
            self._partner(key).estimated_value = _money(worth)
        report.partners = sorted(
            (one for one in self._partners.values() if one.totals != Totals()), key=lambda one: (-one.totals.received, one.partner_id)
        )
        return report

    def most_frequent(self, field: FacetField) -> dict[str, int]:
        """Return the most frequent values of an attribute with their counts, in order."""
        ordered = sorted(self._values[field].items(), key=lambda one: (-one[1], one[0]))
        return dict(ordered[:MOST_VALUES])

    def _partner(self, key: str) -> PartnerFigures:
        if key not in self._partners:
            self._partners[key] = PartnerFigures(UUID(key))
        return self._partners[key]

    def _enter_steps(self, number: int, kind_number: int, total: int) -> None:
        report, steps, kind = self._report, steps_of(number), kind_of(kind_number)
        _add_steps(report.totals, number, total)
        if steps.is_open:
            report.totals.open += total
            report.ages[steps.age] += total
        if steps.received:
            if kind.status is not None:
                self._values[FacetField.STATUS][kind.status.value] += total
            if kind.source is not None:
                self._values[FacetField.SOURCE][kind.source.value] += total
            report.totals.received += total
        if kind.reason is not None and steps.outcome in (LeadOutcome.DECLINED, LeadOutcome.LOST):
            reasons = report.close_reasons
            reasons[kind.reason.value] = reasons.get(kind.reason.value, 0) + total

    def _enter_partner(self, key: str, number: int, total: int) -> None:
        totals, steps = self._partner(key).totals, steps_of(number)
        _add_steps(totals, number, total)
        if steps.reached:
            totals.received += total
        if steps.received:
            self._values[FacetField.PARTNER][key] += total

    def _enter_point(self, part: Part, number: int, total: int) -> None:
        won = part is Part.ARCHIVED and number % 2 == 1
        point = self._report.series[number // 2 if part is Part.ARCHIVED else number]
        setattr(point, part.value, getattr(point, part.value) + total)
        if won:
            point.won += total

    def _enter_response(self, key: str | None, doubled: int | None, *, is_total: bool) -> None:
        if doubled is None:
            return
        took = timedelta(milliseconds=doubled) / 2
        if is_total:
            self._report.median_response = took
        elif key is not None:
            self._partner(key).median_response = took


def _add_steps(totals: Totals, number: int, total: int) -> None:
    steps = steps_of(number)
    totals.accepted += total * steps.accepted
    if steps.outcome is not None:
        name = _COUNT_OF[steps.outcome]
        setattr(totals, name, getattr(totals, name) + total)


def _money(worth: Counter[str]) -> list[Money]:
    return [Money(worth[currency], currency) for currency in sorted(worth)]
