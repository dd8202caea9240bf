"""Reports: figures about the leads of a period."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import strawberry

from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.leads.facets import FacetValue, facet_value
from gql_leads.api.values.enums import describe
from gql_leads.api.values.field_metadata import work
from gql_leads.api.values.labels import enum_label
from gql_leads.api.values.money import Money
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain.errors import BadInput
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.reports import Period, Point, ReportInterval, ReportScope
from gql_leads.domain.values.money import Money as Amount
from gql_leads.store.leads import reports
from gql_leads.store.leads.facets import FacetField
from gql_leads.store.leads.reports import Answer, Figure, Question
from gql_leads.store.sql.rows import from_millis, to_millis

describe(
    ReportInterval,
    "The length of each point of a series, in UTC.",
    """
    DAY From midnight to midnight.
    WEEK From Monday to Monday.
    MONTH A calendar month.
    """,
)
describe(
    ReportScope,
    "Which of the leads that the viewer can see a report counts.",
    """
    IN_SIGHT All, including those that wait in queues.
    HELD Only those that the viewer's partner has; for members of the vendor, those that any partner has.
    """,
)


@strawberry.type(description="One day, week or month of a report. Only leads between the report's `from` and `before` are counted.")
class LeadReportPoint:
    start: DateTime = strawberry.field(description="The start; the start of the first point may lie before `from`.")
    received: int = strawberry.field(description="Leads that were received.")
    accepted: int = strawberry.field(description="Leads that were accepted.")
    archived: int = strawberry.field(description="Leads that were archived, with any outcome.")
    won: int = strawberry.field(description="Leads that were archived as WON.")


@strawberry.type(description="Figures about the leads of a period. Each figure counts the leads whose step lies in the period.")
class LeadReport:
    received: int = strawberry.field(description="Leads that were received.")
    accepted: int = strawberry.field(description="Leads that were accepted.")
    declined: int = strawberry.field(description="Leads that were declined.")
    expired: int = strawberry.field(description="Leads that expired without an answer.")
    won: int = strawberry.field(description="Leads that were won.")
    lost: int = strawberry.field(description="Leads that were lost.")
    converted: int = strawberry.field(description="Leads that were converted.")
    open: int = strawberry.field(description="Leads received at any time before the end, and not archived by then.")
    conversion_rate: float | None = strawberry.field(description="`converted` ÷ `received`; null if no lead was received.")
    acceptance_rate: float | None = strawberry.field(
        description="`accepted` ÷ (`accepted` + `declined` + `expired`); null if the divisor is 0."
    )
    median_response_hours: float | None = strawberry.field(
        description="The median time in hours from a lead's arrival at the partner to its answer (accepted or declined), for leads"
        " answered in this period; null if there are none.",
        metadata=work(rows=1_200),
    )
    estimated_value: list[Money] = strawberry.field(
        description="The estimated value of the deals of leads accepted in this period, one amount per currency, by code. Deals that"
        " the viewer cannot see are not included.",
        metadata=work(rows=500),
    )
    by_status: list[FacetValue] = strawberry.field(description="Leads received in this period, by current status.", metadata=work(rows=900))
    by_listing: list[FacetValue] = strawberry.field(
        description="Leads received in this period, by listing: the 1,000 most frequent. Leads without a listing are not included.",
        metadata=work(rows=1_500),
    )
    by_country: list[FacetValue] = strawberry.field(
        description="Leads received in this period, by the customer's country if it is known.", metadata=work(rows=1_000)
    )
    by_partner: list[FacetValue] = strawberry.field(
        description="Leads received in this period, by the partner that has them now: the 1,000 most frequent. For a partner's"
        " member, only their own partner.",
        metadata=work(rows=1_300),
    )
    by_source: list[FacetValue] = strawberry.field(description="Leads received in this period, by source.", metadata=work(rows=900))
    by_owner: list[FacetValue] = strawberry.field(
        description="Leads received in this period, by the member who owns them now: the 1,000 most frequent. Leads without an owner, and"
        " those whose owner the viewer cannot see, are not included.",
        metadata=work(rows=1_300),
    )
    by_close_reason: list[FacetValue] = strawberry.field(
        description="Leads declined or lost in this period, by the reason for closing.", metadata=work(rows=900)
    )
    series: list[LeadReportPoint] = strawberry.field(
        description="Every day, week or month of the period, in order, including those without leads. At most 1,000.",
        metadata=work(rows=1_200),
    )


FIELDS: Final = {
    "byStatus": FacetField.STATUS,
    "byListing": FacetField.LISTING,
    "byCountry": FacetField.COUNTRY,
    "byPartner": FacetField.PARTNER,
    "bySource": FacetField.SOURCE,
    "byOwner": FacetField.OWNER,
}
_FIGURE_OF_FIELD: Final = {"medianResponseHours": Figure.RESPONSE, "estimatedValue": Figure.VALUE, "byCloseReason": Figure.CLOSE_REASONS}
_FIGURE_OF_SERIES: Final = {"received": Figure.RECEIVED, "accepted": Figure.ACCEPTED, "archived": Figure.ARCHIVED, "won": Figure.ARCHIVED}


async def report_of(
    context: Context,
    lead_filter: Filter,
    start: DateTime,
    end: DateTime,
    interval: ReportInterval,
    scope: ReportScope,
    selection: Selection,
) -> LeadReport:
    """Return the selected figures of the leads that match the filter."""
    if lead_filter.is_deleted:
        raise BadInput("A report counts leads by what became of them: take `isDeleted: true` out of its filter.")
    period, selected = Period(from_millis(start), from_millis(end)), selection.fields("LeadReport")
    fields = frozenset(field for name, field in FIELDS.items() if name in selected)
    question = Question(lead_filter, period, interval, _figures(selected), fields, scope)
    answer = await context.dataloader.load("reports", question, lambda questions: _answers(context, questions))
    assert answer is not None, "every question has an answer"
    report, totals = answer.report, answer.report.totals
    return construct(
        LeadReport,
        received=totals.received,
        accepted=totals.accepted,
        declined=totals.declined,
        expired=totals.expired,
        won=totals.won,
        lost=totals.lost,
        converted=totals.converted,
        open=totals.open,
        conversion_rate=totals.conversion_rate,
        acceptance_rate=totals.acceptance_rate,
        median_response_hours=report.median_response_hours,
        estimated_value=[_money(one) for one in report.estimated_value],
        by_close_reason=_close_reasons(report.close_reasons),
        series=[_point(one) for one in report.series],
        **{f"by_{field.value.lower()}": [facet_value(field, one) for one in values] for field, values in answer.values.items()},
    )


async def _answers(context: Context, questions: Sequence[Question]) -> dict[Question, Answer]:
    """Answer the reports of an operation; those of the same leads, scope, period and interval by one statement."""
    alike: dict[Question, list[Question]] = {}
    for question in questions:
        alike.setdefault(replace(question, figures=frozenset(), fields=frozenset()), []).append(question)
    answers: dict[Question, Answer] = {}
    for same in alike.values():
        figures, fields = (frozenset().union(*parts) for parts in zip(*((one.figures, one.fields) for one in same), strict=True))
        answers |= dict.fromkeys(same, await reports.report(context.reader, replace(same[0], figures=figures, fields=fields)))
    return answers


def _figures(selected: Mapping[str, Selection]) -> frozenset[Figure]:
    figures = {
        _FIGURE_OF_FIELD.get(name, Figure.TOTALS) for name in selected if name not in FIELDS and name not in {"series", "__typename"}
    }
    if "series" in selected:
        figures |= {Figure.RECEIVED}
        figures |= {figure for name, figure in _FIGURE_OF_SERIES.items() if name in selected["series"].fields("LeadReportPoint")}
    return frozenset(figures)


def _close_reasons(counts: Mapping[str, int]) -> list[FacetValue]:
    """Return the counts by reason, most frequent first."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [FacetValue(value=reason, label=enum_label(reason), count=total) for reason, total in ordered]


def _money(amount: Amount) -> Money:
    return construct(Money, amount=amount.text, currency=amount.currency)


def _point(point: Point) -> LeadReportPoint:
    return construct(
        LeadReportPoint,
        start=to_millis(point.start),
        received=point.received,
        accepted=point.accepted,
        archived=point.archived,
        won=point.won,
    )
