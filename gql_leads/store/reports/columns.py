"""Columns of the leads that a report counts, each an integer or an id to group by.

Raw SQL because many figures share these columns (`make bench`, analytics). The lead's alias is `l`. Every lead that is read was created
before the end of the period, and not archived before its start.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple, TypeVar

from gql_leads.domain.leads.lead import CloseReason, LeadOutcome, LeadSource, LeadStatus
from gql_leads.domain.reports.figures import AGES
from gql_leads.domain.reports.periods import Period
from gql_leads.store.sql.builder import Sql
from gql_leads.store.sql.rows import to_millis

Value = TypeVar("Value", bound=StrEnum)

STATUSES: Final = tuple(LeadStatus)
SOURCES: Final = tuple(LeadSource)
REASONS: Final = tuple(CloseReason)
OUTCOMES: Final = (LeadOutcome.DECLINED, LeadOutcome.EXPIRED, LeadOutcome.WON, LeadOutcome.LOST, LeadOutcome.CONVERTED)
COUNTED: Final = Sql("NOT l.is_test AND COALESCE(l.outcome, '') <> 'DUPLICATE'")
"""The condition of the leads that count: a merged one is counted as its primary."""
SINCE: Final = "COALESCE(l.reached_at, l.queued_at, l.created_at)"
"""The instant at which the lead came to the partner or queue that has it."""
_RECEIVED, _ACCEPTED, _REACHED, _ENDED, _OPEN = 1, 2, 4, 8, 64
_STATUS, _SOURCE, _REASON = 1, 8, 512


class Steps(NamedTuple):
    """The steps of a lead that lie in the period, as one integer names them."""

    received: bool
    accepted: bool
    reached: bool
    """It reached its partner."""
    outcome: LeadOutcome | None
    is_open: bool
    age: int
    """For an open lead, its bucket of AGES, if ages are counted."""


class Kind(NamedTuple):
    """Attributes of a lead with few values, as one integer names them; None for values that were not asked for."""

    status: LeadStatus | None
    source: LeadSource | None
    reason: CloseReason | None


def steps_of(number: int) -> Steps:
    """Return the steps that the integer of `steps` names."""
    ended, opened = number % _OPEN // _ENDED, number // _OPEN
    outcome = OUTCOMES[ended - 1] if 0 < ended <= len(OUTCOMES) else None
    return Steps(bool(number & _RECEIVED), bool(number & _ACCEPTED), bool(number & _REACHED), outcome, opened > 0, max(opened - 1, 0))


def kind_of(number: int) -> Kind:
    """Return the attributes that the integer of `kind` names."""
    return Kind(
        _value(STATUSES, number % _SOURCE),
        _value(SOURCES, number % _REASON // _SOURCE),
        _value(REASONS, number // _REASON),
    )


def _value(values: Sequence[Value], index: int) -> Value | None:
    return values[index - 1] if 0 < index <= len(values) else None


def steps(period: Period, *, ages_at: datetime | None = None, of_partners: bool = False) -> Sql:
    """Return the integer of the steps in the period.

    With `ages_at`, it names the age of open leads at that instant; with `of_partners`, whether a lead reached its partner.
    """
    return steps_without_outcome(period, ages_at=ages_at, of_partners=of_partners, ended=_ended("l.outcome"))


def steps_without_outcome(period: Period, *, ages_at: datetime | None = None, of_partners: bool = False, ended: str = "0") -> Sql:
    """Return the same integer, with another term for the outcome of leads that ended in the period."""
    numbers = [
        Sql(f"CASE WHEN l.created_at >= ? THEN {_RECEIVED} ELSE 0 END", (period.start,)),
        "CASE WHEN " + inside("accepted_at", period) + f" THEN {_ACCEPTED} ELSE 0 END",
    ]
    if of_partners:
        numbers.append("CASE WHEN " + inside("reached_at", period) + f" THEN {_REACHED} ELSE 0 END")
    opened = Sql(str(_OPEN)) if ages_at is None else f"{_OPEN} * (" + _age(ages_at) + ")"
    numbers.append(Sql("CASE WHEN l.archived_at IS NULL OR l.archived_at >= ? THEN ", (period.end,)) + opened + f" ELSE {ended} END")
    return _sum(numbers)


def with_outcome(steps: str, outcome: str) -> str:
    """Return the integer of the steps, from that without the outcome."""
    return f"{steps} + CASE WHEN {steps} < {_OPEN} THEN {_ended(outcome)} ELSE 0 END"


def _ended(outcome: str) -> str:
    return f"{_ENDED} * {_index(outcome, OUTCOMES)}"


def kind(attributes: Collection[str], alias: str = "") -> str:
    """Return the integer of some of the columns `status`, `source` and `close_reason`, at least one."""
    every = (("status", _STATUS, STATUSES), ("source", _SOURCE, SOURCES), ("close_reason", _REASON, REASONS))
    return " + ".join(f"{factor} * {_index(alias + column, values)}" for column, factor, values in every if column in attributes)


def inside(column: str, period: Period) -> Sql:
    """Return the condition that a step lies in the period."""
    return Sql(f"l.{column} >= ? AND l.{column} < ?", (period.start, period.end))


def if_received(period: Period, value: Sql) -> Sql:
    """Return the value for leads received in the period, else NULL."""
    return Sql("CASE WHEN l.created_at >= ? THEN ", (period.start,)) + value + " END"


def response(period: Period) -> Sql:
    """Return the milliseconds from reaching the partner to the response, NULL unless that was given in the period."""
    declined = Sql("CASE WHEN l.archived_at < ? THEN l.archived_at END", (period.end,))
    accepted = "WHEN " + inside("accepted_at", period) + " THEN l.accepted_at"
    return "CASE WHEN l.outcome = 'DECLINED' THEN " + declined + " " + accepted + " END - l.reached_at"


def point(column: str, period: Period, boundaries: Sequence[datetime]) -> Sql:
    """Return the index of the point of the series in which a step lies, NULL if it lies outside the period."""
    within = Sql("l.created_at >= ?", (period.start,)) if column == "created_at" else inside(column, period)
    return "CASE WHEN " + within + " THEN " + _bisected(f"l.{column}", _runs([to_millis(one) for one in boundaries])) + " END"


def with_won(index: Sql) -> Sql:
    """Return the doubled index of a point, plus 1 for leads that were won."""
    return "2 * (" + index + ") + CASE WHEN l.outcome = 'WON' THEN 1 ELSE 0 END"


def _age(at: datetime) -> Sql:
    # Most leads are in the last bucket.
    limits = [Sql(f"WHEN {SINCE} <= ? THEN {index}", (at - timedelta(hours=AGES[index - 1]),)) for index in range(len(AGES), 1, -1)]
    return "CASE " + Sql(" ".join(one.text for one in limits), tuple(one.parameters[0] for one in limits)) + " ELSE 1 END"


def _index(column: str, values: Iterable[StrEnum]) -> str:
    """Return the index of a value, beginning with 1; 0 for NULL and for values that this release does not know."""
    return f"CASE {column} " + " ".join(f"WHEN '{value}' THEN {index}" for index, value in enumerate(values, 1)) + " ELSE 0 END"


def _sum(numbers: Iterable[Sql]) -> Sql:
    found = list(numbers)
    return Sql(" + ".join(one.text for one in found), tuple(value for one in found for value in one.parameters))


@dataclass(frozen=True, slots=True)
class _Run:
    """Points of equal length, in milliseconds; nearly all days are alike."""

    first: int
    start: int
    length: int


def _runs(boundaries: Sequence[int]) -> list[_Run]:
    runs: list[_Run] = []
    for index, (start, end) in enumerate(pairwise(boundaries)):
        if not runs or runs[-1].length != end - start:
            runs.append(_Run(index, start, end - start))
    return runs


def _bisected(column: str, runs: Sequence[_Run]) -> Sql:
    """Return the index of the point that contains the column's instant."""
    if len(runs) == 1:
        (run,) = runs
        return Sql(f"(({column} - ?) / ? + ?)", (run.start, run.length, run.first))
    middle = len(runs) // 2
    earlier, later = _bisected(column, runs[:middle]), _bisected(column, runs[middle:])
    return Sql(f"CASE WHEN {column} < ? THEN ", (runs[middle].start,)) + earlier + " ELSE " + later + " END"
