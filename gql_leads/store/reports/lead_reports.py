"""Reports: one statement counts the leads of a period in every requested way, and a second one reads names.

Raw SQL because the figures share one scan (`make bench`, analytics). Each part of the statement groups the leads by a few columns; the
figures are sums of the groups.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Final

from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.reports.figures import Report
from gql_leads.domain.reports.periods import Period, ReportInterval, ReportScope
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.leads import predicates
from gql_leads.store.leads.facets import NAMED, Counted, FacetField, masked
from gql_leads.store.leads.lists import FROM, LeadReader
from gql_leads.store.reports import columns, statements
from gql_leads.store.reports.scans import GroupCounter
from gql_leads.store.reports.statements import Number
from gql_leads.store.reports.sums import Grouping, Part, Sums
from gql_leads.store.sql.builder import TRUE, Sql, all_of, is_one_of, join
from gql_leads.store.sql.rows import Row


class Figure(StrEnum):
    """Parts of a report besides the counts by an attribute."""

    TOTALS = "totals"
    RESPONSE = "response"
    VALUE = "value"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    ARCHIVED = "archived"
    CLOSE_REASONS = "close_reasons"
    AGES = "ages"
    PARTNERS = "partners"
    PARTNER_RESPONSE = "partner_response"
    PARTNER_VALUE = "partner_value"


SERIES: Final = {Figure.RECEIVED: "created_at", Figure.ACCEPTED: "accepted_at", Figure.ARCHIVED: "archived_at"}
"""The figures of a series, and the steps that they count."""
OF_PARTNERS: Final = frozenset({Figure.PARTNERS, Figure.PARTNER_RESPONSE, Figure.PARTNER_VALUE})
COUNTED_BY_STEPS: Final = frozenset({Figure.TOTALS, Figure.CLOSE_REASONS, Figure.AGES})
KINDS: Final = frozenset({FacetField.STATUS, FacetField.SOURCE})
"""Attributes with few values, which are counted together with the steps."""


@dataclass(frozen=True, slots=True)
class Question:
    """Filter, period and requested parts of a report; a series needs an interval and a time zone."""

    filter: Filter
    period: Period
    interval: ReportInterval
    figures: frozenset[Figure] = frozenset()
    fields: frozenset[FacetField] = frozenset()
    scope: ReportScope = ReportScope.IN_SIGHT
    zone: tzinfo = UTC


@dataclass(slots=True)
class Answer:
    """The report, and the leads received in the period by the values of requested attributes."""

    report: Report = field(default_factory=Report)
    values: dict[FacetField, list[Counted]] = field(default_factory=dict)


async def report(reader: LeadReader, question: Question) -> Answer:
    """Count the requested parts by one statement."""
    boundaries = question.period.boundaries(question.interval, question.zone) if question.figures & SERIES.keys() else []
    figures = question.figures - OF_PARTNERS if _is_sender(reader.viewer) else question.figures
    sums = Sums(boundaries)
    for row in await _groups(reader, question, figures, boundaries):
        sums.enter(row)
    report = sums.report()
    if not figures & OF_PARTNERS:
        report.partners = []
    return Answer(report, await _values(reader, sums, question.fields))


def _is_sender(viewer: Viewer) -> bool:
    """Return whether the viewer sees no leads but those that they sent, of which no partner's figures are shown."""
    return viewer.is_vendor and not viewer.sees_everything


async def _groups(reader: LeadReader, question: Question, figures: frozenset[Figure], boundaries: Sequence[datetime]) -> Sequence[Row]:
    """Return a row for each group of each part.

    PostgreSQL counts all groups while it reads the leads, but not a median, nor sums that few leads have.
    """
    named, groupings = _named(reader, question, figures, boundaries), list(_groupings(question, figures))
    has_value = bool(figures & {Figure.VALUE, Figure.PARTNER_VALUE})
    has_response = bool(figures & {Figure.RESPONSE, Figure.PARTNER_RESPONSE})
    answered = _answered(reader, question, has_value=has_value, has_response=has_response)
    if len(groupings) == 1 and not answered:
        return await reader.connection.fetch(statements.group(_leads(reader, question, named), groupings[0]))
    if reader.connection.dialect == "sqlite":
        named |= answered
        if not named:
            return ()
        counter = GroupCounter(tuple(named), groupings, by_partner=Figure.PARTNER_RESPONSE in figures)
        await reader.connection.scan(_leads(reader, question, named), counter.take)
        return tuple(counter.rows())
    parts: list[Sql] = []
    if groupings:
        raw, numbers = _raw(reader, question, figures, named)
        parts.append(statements.grouping_sets(_leads(reader, question, raw), groupings, numbers))
    if answered:
        by_partner = {Part.VALUE: Figure.PARTNER_VALUE in figures, Part.RESPONSE: Figure.PARTNER_RESPONSE in figures}
        asked = {part: by_partner[part] for part, has in ((Part.VALUE, has_value), (Part.RESPONSE, has_response)) if has}
        parts.append(statements.sums_and_medians(_leads(reader, question, answered), asked))
    return await reader.connection.fetch(join(" UNION ALL ", parts)) if parts else ()


def _groupings(question: Question, figures: frozenset[Figure]) -> Iterator[Grouping]:
    if _kinds(question, figures):
        yield Grouping(Part.STEPS, ("steps", "kind"))
    elif figures & COUNTED_BY_STEPS:
        yield Grouping(Part.STEPS, ("steps",))
    if figures & OF_PARTNERS:
        yield Grouping(Part.PARTNERS, ("steps",), "partner")
    for one in sorted(_apart(question, figures)):
        yield Grouping(Part(one.value), (), f"by_{one.value.lower()}")
    for figure in SERIES:
        if figure in figures:
            yield Grouping(Part(figure.value), (f"point_{figure.value}",))


def _apart(question: Question, figures: frozenset[Figure]) -> frozenset[FacetField]:
    """Return the fields that have a part of their own."""
    return question.fields - KINDS - ({FacetField.PARTNER} if figures & OF_PARTNERS else set())


def _named(reader: LeadReader, question: Question, figures: frozenset[Figure], boundaries: Sequence[datetime]) -> dict[str, Sql]:
    """Return the columns of the groupings by name."""
    period, named = question.period, dict[str, Sql]()
    if figures & (COUNTED_BY_STEPS | OF_PARTNERS) or question.fields & KINDS:
        named["steps"] = columns.steps(period, ages_at=_ages_at(reader, question, figures), of_partners=bool(figures & OF_PARTNERS))
    if kinds := _kinds(question, figures):
        named["kind"] = Sql(columns.kind(kinds, "l."))
    if figures & OF_PARTNERS:
        named["partner"] = _partner(reader.viewer)
    for one in _apart(question, figures):
        value = _partner(reader.viewer) if one is FacetField.PARTNER else masked(reader, one)
        named[f"by_{one.value.lower()}"] = columns.if_received(period, value)
    for figure, step in SERIES.items():
        if figure in figures:
            index = columns.point(step, period, boundaries)
            named[f"point_{figure.value}"] = columns.with_won(index) if figure is Figure.ARCHIVED else index
    return named


def _raw(
    reader: LeadReader, question: Question, figures: frozenset[Figure], named: Mapping[str, Sql]
) -> tuple[dict[str, Sql], dict[str, Number]]:
    """Return the columns with texts instead of the numbers made of them, and the numbers of groups."""
    raw, numbers = {**named}, dict[str, Number]()
    if "steps" in raw:
        ages_at, of_partners = _ages_at(reader, question, figures), bool(figures & OF_PARTNERS)
        raw |= {
            "steps": columns.steps_without_outcome(question.period, ages_at=ages_at, of_partners=of_partners),
            "outcome": Sql("l.outcome"),
        }
        numbers["steps"] = Number(("steps", "outcome"), columns.with_outcome("steps", "outcome"))
    if raw.pop("kind", None) is not None:
        kinds = _kinds(question, figures)
        raw |= {name: Sql(f"l.{name}") for name in kinds}
        numbers["kind"] = Number(kinds, columns.kind(kinds))
    return raw, numbers


def _ages_at(reader: LeadReader, question: Question, figures: frozenset[Figure]) -> datetime | None:
    return min(question.period.end, reader.now) if Figure.AGES in figures else None


def _kinds(question: Question, figures: frozenset[Figure]) -> tuple[str, ...]:
    """Return the columns that are counted together with the steps."""
    reasons = ("close_reason",) if Figure.CLOSE_REASONS in figures else ()
    return (*sorted(one.column for one in question.fields & KINDS), *reasons)


def _answered(reader: LeadReader, question: Question, *, has_value: bool, has_response: bool) -> dict[str, Sql]:
    """Return the columns of sums and medians, NULL for leads that are not part of them."""
    named: dict[str, Sql] = {"partner": _partner(reader.viewer)} if has_value or has_response else {}
    if has_value:
        accepted = all_of(columns.inside("accepted_at", question.period), access_policy.full_view(reader.viewer))
        named |= {"deal_minor": "CASE WHEN " + accepted + " THEN l.deal_minor END", "deal_currency": Sql("l.deal_currency")}
    if has_response:
        named["took"] = columns.response(question.period)
    return named


def _partner(viewer: Viewer) -> Sql:
    """Return the partner of a lead; for a partner's member, NULL for leads of others."""
    return Sql("l.partner_id") if viewer.is_vendor else Sql("CASE WHEN l.partner_id = ? THEN l.partner_id END", (viewer.partner_id,))


def _leads(reader: LeadReader, question: Question, named: Mapping[str, Sql]) -> Sql:
    """Return the SELECT of the leads that any part can count."""
    start, end = question.period.start, question.period.end
    # No step happens before the lead's creation or after its archiving.
    in_time = Sql("l.created_at < ? AND (l.archived_at IS NULL OR l.archived_at >= ?)", (end, start))
    if not question.figures - {Figure.RECEIVED} and not question.fields & KINDS:
        in_time = columns.inside("created_at", question.period)
    where = all_of(in_time, asked(reader, question))
    selected = join(", ", [value + f" AS {name}" for name, value in named.items()])
    branches = access_policy.counted(reader.viewer)
    return join(" UNION ALL ", ["SELECT " + selected + f" {FROM} WHERE " + all_of(seen, where) for seen in branches])


def asked(reader: LeadReader, question: Question) -> Sql:
    """Return the condition of the leads that a report counts, besides the access policy."""
    viewer = reader.viewer
    return all_of(
        columns.COUNTED,
        _with_partner(viewer) if question.scope is ReportScope.HELD else TRUE,
        access_policy.PRESENT if question.filter.is_deleted is False else TRUE,
        predicates.matching(question.filter, viewer, reader.now, reader.rules),
    )


def _with_partner(viewer: Viewer) -> Sql:
    """Return the condition for leads that the viewer's partner has; for the vendor, that any partner has."""
    return Sql("l.partner_id IS NOT NULL") if viewer.is_vendor else Sql("l.partner_id = ?", (viewer.partner_id,))


async def _values(reader: LeadReader, sums: Sums, fields: frozenset[FacetField]) -> dict[FacetField, list[Counted]]:
    """Return the most frequent values of each field with their names."""
    totals = {one: sums.most_frequent(one) for one in fields}
    looked_up = {one: values for one, values in totals.items() if one in NAMED and values}
    names: dict[tuple[str, str], str] = {}
    if looked_up:
        parts = [
            Sql(f"SELECT '{one}' AS field, CAST(n.id AS TEXT) AS id, n.name AS name FROM {NAMED[one][1]} n WHERE ")
            + is_one_of("n.id", values)
            for one, values in looked_up.items()
        ]
        rows = await reader.connection.fetch(join(" UNION ALL ", parts))
        names = {(row["field"], row["id"]): row["name"] for row in rows}
    return {
        one: [Counted(value, names.get((one.value, value)), count) for value, count in values.items()] for one, values in totals.items()
    }
