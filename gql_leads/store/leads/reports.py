"""Reports: one statement reads the leads of a period once and counts them in every requested way.

Raw SQL because the figures share one scan (`make bench`, analytics).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.reports import Period, Point, Report, ReportInterval, ReportScope, Totals, beginning
from gql_leads.domain.values.money import Money
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.leads import predicates
from gql_leads.store.leads.facets import Counted, FacetField, masked
from gql_leads.store.leads.lists import FROM, LeadReader
from gql_leads.store.sql.builder import TRUE, Sql, all_of, join
from gql_leads.store.sql.rows import Row

DAY: Final = timedelta(days=1)
MOST_VALUES: Final = 1_000
"""Largest number of values of one attribute."""
_THOUSANDS: Final = 1_000_000
"""Amounts are summed in two parts, because their sum may exceed a BIGINT."""


class Figure(StrEnum):
    """Parts of a report besides the counts by an attribute."""

    TOTALS = "totals"
    RESPONSE = "response"
    VALUE = "value"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    ARCHIVED = "archived"
    CLOSE_REASONS = "close_reasons"


SERIES: Final = frozenset({Figure.RECEIVED, Figure.ACCEPTED, Figure.ARCHIVED})


@dataclass(frozen=True, slots=True)
class Question:
    """Filter, period and requested parts of a report; a series needs an interval."""

    filter: Filter
    period: Period
    interval: ReportInterval
    figures: frozenset[Figure]
    fields: frozenset[FacetField]
    scope: ReportScope = ReportScope.IN_SIGHT


@dataclass(slots=True)
class Answer:
    """The report, and the leads received in the period by the values of requested attributes."""

    report: Report = field(default_factory=Report)
    values: dict[FacetField, list[Counted]] = field(default_factory=dict)


async def report(reader: LeadReader, question: Question) -> Answer:
    """Count the requested parts by one statement."""
    answer = Answer(values={one: [] for one in question.fields})
    starts = question.period.points(question.interval) if question.figures & SERIES else []
    answer.report.series = [Point(start) for start in starts]
    parts = [_figure(reader, question, one) for one in sorted(question.figures)]
    parts += [_by(reader, one) for one in sorted(question.fields)]
    if parts:
        statement = "WITH counted AS MATERIALIZED (" + _counted(reader, question) + ") " + join(" UNION ALL ", parts)
        for row in await reader.connection.fetch(statement):
            _enter(row, answer, question)
    answer.report.estimated_value.sort(key=lambda one: one.currency)
    for values in answer.values.values():
        values.sort(key=lambda one: (-one.total, one.value))
    return answer


def _counted(reader: LeadReader, question: Question) -> Sql:
    """Return the SELECT of leads that any part can count; a step outside the period is NULL."""
    start, end = question.period.start, question.period.end
    viewer = reader.viewer
    inside = [
        Sql(f"CASE WHEN l.{step} >= ? AND l.{step} < ? THEN l.{step} END AS {step}", (start, end))
        for step in ("created_at", "accepted_at", "archived_at")
    ]
    named = [Sql("l.outcome"), *(masked(reader, one) + f" AS {one.column}" for one in sorted(question.fields))]
    is_open = Sql("CASE WHEN l.archived_at IS NULL OR l.archived_at >= ? THEN 1 END AS is_open", (end,))
    columns = [*inside, *named, is_open]
    if Figure.RESPONSE in question.figures:
        columns.append(Sql("l.reached_at"))
    if Figure.CLOSE_REASONS in question.figures:
        columns.append(Sql("l.close_reason"))
    if Figure.VALUE in question.figures:
        minor = "CASE WHEN " + access_policy.full_view(viewer) + " THEN l.deal_minor END AS deal_minor"
        columns += [minor, Sql("l.deal_currency")]
    # No step happens before the lead's creation or after its archiving.
    in_time = Sql("l.created_at < ? AND (l.archived_at IS NULL OR l.archived_at >= ?)", (end, start))
    if not question.figures - {Figure.RECEIVED}:
        in_time = Sql("l.created_at >= ? AND l.created_at < ?", (start, end))
    asked = all_of(
        in_time,
        Sql("NOT l.is_test"),
        _with_partner(viewer) if question.scope is ReportScope.HELD else TRUE,
        access_policy.PRESENT if question.filter.is_deleted is False else TRUE,
        predicates.matching(question.filter, viewer, reader.now, reader.rules),
    )
    rows = "SELECT " + join(", ", columns) + f" {FROM} WHERE "
    return join(" UNION ALL ", [rows + all_of(seen, asked) for seen in access_policy.counted(viewer)])


def _with_partner(viewer: Viewer) -> Sql:
    """Return the condition for leads that the viewer's partner has; for the vendor, that any partner has."""
    return Sql("l.partner_id IS NOT NULL") if viewer.is_vendor else Sql("l.partner_id = ?", (viewer.partner_id,))


def _figure(reader: LeadReader, question: Question, figure: Figure) -> Sql:
    match figure:
        case Figure.TOTALS:
            ended = (f"count(CASE WHEN outcome = '{outcome}' THEN archived_at END)" for outcome in OUTCOMES)
            return _part(figure, "NULL", "counted", "count(created_at)", "count(accepted_at)", *ended, "count(is_open)")
        case Figure.RESPONSE:
            answered = "CASE WHEN outcome = 'DECLINED' THEN archived_at ELSE accepted_at END - reached_at"
            ranked = (
                f"(SELECT took, row_number() OVER (ORDER BY took) AS place, count(*) OVER () AS total"
                f" FROM (SELECT {answered} AS took FROM counted) AS answered WHERE took IS NOT NULL) AS ranked"
            )
            return _part(figure, "NULL", f"{ranked} WHERE place IN ((total + 1) / 2, (total + 2) / 2)", "took")
        case Figure.VALUE:
            sums = (f"sum(deal_minor {operator} {_THOUSANDS})" for operator in ("/", "%"))
            source = "counted WHERE accepted_at IS NOT NULL AND deal_minor IS NOT NULL GROUP BY deal_currency"
            return _part(figure, "deal_currency", source, *sums)
        case Figure.CLOSE_REASONS:
            closed = "archived_at IS NOT NULL AND outcome IN ('DECLINED', 'LOST') AND close_reason IS NOT NULL"
            return _part(figure, "close_reason", f"counted WHERE {closed} GROUP BY close_reason", "count(*)")
        case _:
            step = "created_at" if figure is Figure.RECEIVED else f"{figure}_at"
            day = Sql(f"(SELECT ({step} - ?) / {DAY // timedelta(milliseconds=1)} AS day, outcome FROM counted WHERE {step} IS NOT NULL)",
                      (beginning(ReportInterval.DAY, question.period.start),))  # fmt: skip
            won = "count(CASE WHEN outcome = 'WON' THEN 1 END)"
            return _part(figure, "NULL", day + " AS dated GROUP BY day", "day", "count(*)", won)


OUTCOMES: Final = ("DECLINED", "EXPIRED", "WON", "LOST", "CONVERTED")


def _by(reader: LeadReader, by: FacetField) -> Sql:
    """Return the SELECT of the most frequent values of received leads.

    A partner's member counts their own partner only.
    """
    column, own = by.column, TRUE
    if by is FacetField.PARTNER and not reader.viewer.is_vendor:
        own = Sql(f"{column} = ?", (reader.viewer.partner_id,))
    received = all_of(Sql(f"created_at IS NOT NULL AND {column} IS NOT NULL"), own)
    grouped = f"(SELECT {column} AS value, count(*) AS total FROM counted WHERE " + received
    return _part(
        by,
        "value",
        grouped + f" GROUP BY {column} ORDER BY total DESC, value LIMIT {MOST_VALUES}) AS valued",
        "total",
        name=by.name_of("value"),
    )


def _part(part: StrEnum, key: str, source: str | Sql, *numbers: str, name: str = "NULL") -> Sql:
    """Return one SELECT of the UNION: part, key, name and eight numbers."""
    given = [*numbers, *["NULL"] * (8 - len(numbers))]
    columns = ", ".join(f"CAST({number} AS BIGINT) AS n{at}" for at, number in enumerate(given))
    selected = Sql(f"SELECT '{part.value}' AS part, CAST({key} AS TEXT) AS key, CAST({name} AS TEXT) AS name, {columns} FROM ")
    return selected + source


def _enter(row: Row, answer: Answer, question: Question) -> None:
    part, report = row["part"], answer.report
    numbers = [row[f"n{at}"] for at in range(8)]
    if part in set(FacetField):
        answer.values[FacetField(part)].append(Counted(row["key"], row["name"], numbers[0]))
    elif part == Figure.TOTALS:
        received, accepted, declined, expired, won, lost, converted, is_open = numbers
        report.totals = Totals(received, accepted, declined, expired, won, lost, converted, is_open)
    elif part == Figure.RESPONSE:
        took = timedelta(milliseconds=numbers[0])
        report.median_response = took if report.median_response is None else (report.median_response + took) / 2
    elif part == Figure.VALUE:
        report.estimated_value.append(Money(numbers[0] * _THOUSANDS + numbers[1], row["key"]))
    elif part == Figure.CLOSE_REASONS:
        report.close_reasons[row["key"]] = numbers[0]
    else:
        _enter_day(Figure(part), numbers, report.series, question)


def _enter_day(figure: Figure, numbers: Sequence[int], series: list[Point], question: Question) -> None:
    day, total, won = numbers[:3]
    at = beginning(ReportInterval.DAY, question.period.start) + day * DAY
    point = series[bisect_right(series, at, key=lambda one: one.start) - 1]
    setattr(point, figure.value, getattr(point, figure.value) + total)
    if figure is Figure.ARCHIVED:
        point.won += won
