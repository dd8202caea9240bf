"""Reports: figures about the leads and opportunities of a period."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.leads.facets import FacetValue, facet_value
from gql_leads.api.types.organization import Partner, partner_by_id
from gql_leads.api.values.enums import describe
from gql_leads.api.values.field_metadata import work
from gql_leads.api.values.labels import enum_label
from gql_leads.api.values.money import Money
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain.errors import BadInput
from gql_leads.domain.reports.figures import AGES, OpportunityFigures, PartnerFigures, Point, hours
from gql_leads.domain.reports.periods import ReportInterval, ReportScope
from gql_leads.domain.values.money import Money as Amount
from gql_leads.store.leads.facets import FacetField
from gql_leads.store.reports import lead_reports, opportunity_reports
from gql_leads.store.reports.lead_reports import Answer, Figure, Question
from gql_leads.store.sql.rows import to_millis

describe(
    ReportInterval,
    "The length of each point of a series, in the report's time zone.",
    """
    DAY From midnight to midnight; 23 or 25 hours where clocks are set.
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


@strawberry.type(
    description="The figures of one partner: of the leads that it has today, or had at their end. Rates are null if their divisor is 0."
)
class PartnerReport:
    partner_id: strawberry.Private[UUID]
    received: int = strawberry.field(description="Leads that reached the partner in this period.")
    accepted: int = strawberry.field(description="Leads that were accepted.")
    declined: int = strawberry.field(description="Leads that were declined.")
    expired: int = strawberry.field(description="Leads that expired without an answer.")
    won: int = strawberry.field(description="Leads that were won.")
    lost: int = strawberry.field(description="Leads that were lost.")
    converted: int = strawberry.field(description="Leads that were converted.")
    acceptance_rate: float | None = strawberry.field(description="`accepted` ÷ (`accepted` + `declined` + `expired`).")
    conversion_rate: float | None = strawberry.field(description="`converted` ÷ `received`.")
    median_response_hours: float | None = strawberry.field(
        description="As in the report, of this partner; null if it answered no lead.", metadata=work(rows=1_000)
    )
    estimated_value: list[Money] = strawberry.field(description="As in the report, of this partner.", metadata=work(rows=300))

    @strawberry.field(description="The partner.")
    async def partner(self, info: Info) -> Partner:
        return await partner_by_id(info.context, self.partner_id)  # type: ignore[return-value]


@strawberry.type(description="The number of leads of one range of ages.")
class AgeBucket:
    from_hours: int = strawberry.field(description="The least age in hours, inclusive.")
    before_hours: int | None = strawberry.field(description="The end of the range in hours, exclusive; null if it has none.")
    count: int = strawberry.field(description="The number of leads.")


@strawberry.type(
    description="Opportunities by the time at which they were created or closed. The later win of a converted lead is counted here. With a"
    " filter or `scope: HELD`, only opportunities that came from such leads are counted; those of test leads never are."
)
class OpportunityReport:
    created: int = strawberry.field(description="Opportunities created in this period.")
    won: int = strawberry.field(description="Opportunities closed as won in this period.")
    lost: int = strawberry.field(description="Opportunities closed as lost in this period.")
    open: int = strawberry.field(description="Opportunities created at any time before the end, and not closed by then.")
    amount_won: list[Money] = strawberry.field(description="The amounts of those counted in `won`, one per currency, by code.")
    amount_open: list[Money] = strawberry.field(description="Today's amounts of those counted in `open`, one per currency, by code.")
    win_rate: float | None = strawberry.field(description="`won` ÷ (`won` + `lost`); null if none was closed.")


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
        metadata=work(rows=700),
    )
    estimated_value: list[Money] = strawberry.field(
        description="The estimated value of the deals of leads accepted in this period, one amount per currency, by code. Deals that"
        " the viewer cannot see are not included.",
        metadata=work(rows=600),
    )
    by_status: list[FacetValue] = strawberry.field(description="Leads received in this period, by current status.", metadata=work(rows=400))
    by_listing: list[FacetValue] = strawberry.field(
        description="Leads received in this period, by listing: the 1,000 most frequent. Leads without a listing are not included.",
        metadata=work(rows=500),
    )
    by_country: list[FacetValue] = strawberry.field(
        description="Leads received in this period, by the customer's country if it is known.", metadata=work(rows=400)
    )
    by_partner: list[FacetValue] = strawberry.field(
        description="Leads received in this period, by the partner that has them now: the 1,000 most frequent. For a partner's"
        " member, only their own partner.",
        metadata=work(rows=500),
    )
    by_source: list[FacetValue] = strawberry.field(description="Leads received in this period, by source.", metadata=work(rows=400))
    by_owner: list[FacetValue] = strawberry.field(
        description="Leads received in this period, by the member who owns them now: the 1,000 most frequent. Leads without an owner, and"
        " those whose owner the viewer cannot see, are not included.",
        metadata=work(rows=500),
    )
    by_close_reason: list[FacetValue] = strawberry.field(
        description="Leads declined or lost in this period, by the reason for closing.", metadata=work(rows=400)
    )
    partners: list[PartnerReport] = strawberry.field(
        description="One row for each partner with any lead that was received, accepted or archived in this period, most received first. A"
        " partner's members see their own partner only. Empty for senders.",
        metadata=work(rows=600),
    )
    ageing: list[AgeBucket] = strawberry.field(
        description="The leads counted in `open`, by the time since they came to the partner or queue that has them, at the end of the"
        " period or now, whichever is earlier. Those that came to it later are in the first bucket.",
        metadata=work(rows=300),
    )
    opportunities: OpportunityReport = strawberry.field(
        description="Opportunities that the viewer can see. All 0 for senders.", metadata=work(rows=400)
    )
    series: list[LeadReportPoint] = strawberry.field(
        description="Every day, week or month of the period, in order, including those without leads. At most 1,000.",
        metadata=work(rows=800),
    )


FIELDS: Final = {
    "byStatus": FacetField.STATUS,
    "byListing": FacetField.LISTING,
    "byCountry": FacetField.COUNTRY,
    "byPartner": FacetField.PARTNER,
    "bySource": FacetField.SOURCE,
    "byOwner": FacetField.OWNER,
}
_FIGURE_OF_FIELD: Final = {
    "medianResponseHours": Figure.RESPONSE, "estimatedValue": Figure.VALUE, "byCloseReason": Figure.CLOSE_REASONS, "ageing": Figure.AGES,
    "partners": Figure.PARTNERS,
}  # fmt: skip
_FIGURE_OF_PARTNER: Final = {"medianResponseHours": Figure.PARTNER_RESPONSE, "estimatedValue": Figure.PARTNER_VALUE}
_NO_FIGURE: Final = FIELDS.keys() | {"series", "opportunities", "__typename"}
_FIGURE_OF_SERIES: Final = {"received": Figure.RECEIVED, "accepted": Figure.ACCEPTED, "archived": Figure.ARCHIVED, "won": Figure.ARCHIVED}


async def report_of(context: Context, asked: Question, selection: Selection) -> LeadReport:
    """Return the selected figures of the leads that a question without figures is about."""
    if asked.filter.is_deleted:
        raise BadInput("A report counts leads by what became of them: take `isDeleted: true` out of its filter.")
    selected = selection.fields("LeadReport")
    fields = frozenset(field for name, field in FIELDS.items() if name in selected)
    question = replace(asked, figures=_figures(selected), fields=fields)
    answer = await context.dataloader.load("reports", question, lambda questions: _answers(context, questions))
    assert answer is not None, "every question has an answer"
    opportunities = await _opportunities(context, question) if "opportunities" in selected else OpportunityFigures()
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
        median_response_hours=hours(report.median_response),
        estimated_value=[_money(one) for one in report.estimated_value],
        by_close_reason=_close_reasons(report.close_reasons),
        partners=[_partner_row(one) for one in report.partners],
        ageing=_ageing(report.ages),
        opportunities=_opportunity_report(opportunities),
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
        answers |= dict.fromkeys(same, await lead_reports.report(context.reader, replace(same[0], figures=figures, fields=fields)))
    return answers


async def _opportunities(context: Context, question: Question) -> OpportunityFigures:
    """Return the figures of opportunities; those of equal filter, scope and period are read once for an operation."""
    same = replace(question, figures=frozenset(), fields=frozenset(), interval=ReportInterval.DAY, zone=UTC)

    async def read(questions: Sequence[Question]) -> dict[Question, OpportunityFigures]:
        return {one: await opportunity_reports.figures(context.reader, one) for one in questions}

    counted = await context.dataloader.load("opportunity reports", same, read)
    assert counted is not None, "every question has an answer"
    return counted


def _figures(selected: Mapping[str, Selection]) -> frozenset[Figure]:
    figures = {_FIGURE_OF_FIELD.get(name, Figure.TOTALS) for name in selected if name not in _NO_FIGURE}
    if "partners" in selected:
        figures |= {_FIGURE_OF_PARTNER[name] for name in selected["partners"].fields("PartnerReport") if name in _FIGURE_OF_PARTNER}
    if "series" in selected:
        figures |= {Figure.RECEIVED}
        figures |= {figure for name, figure in _FIGURE_OF_SERIES.items() if name in selected["series"].fields("LeadReportPoint")}
    return frozenset(figures)


def _close_reasons(counts: Mapping[str, int]) -> list[FacetValue]:
    """Return the counts by reason, most frequent first."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [FacetValue(value=reason, label=enum_label(reason), count=total) for reason, total in ordered]


def _partner_row(row: PartnerFigures) -> PartnerReport:
    totals = row.totals
    return construct(
        PartnerReport,
        partner_id=row.partner_id,
        received=totals.received,
        accepted=totals.accepted,
        declined=totals.declined,
        expired=totals.expired,
        won=totals.won,
        lost=totals.lost,
        converted=totals.converted,
        acceptance_rate=totals.acceptance_rate,
        conversion_rate=totals.conversion_rate,
        median_response_hours=hours(row.median_response),
        estimated_value=[_money(one) for one in row.estimated_value],
    )


def _ageing(counts: Sequence[int]) -> list[AgeBucket]:
    ranges = zip(AGES, (*AGES[1:], None), counts, strict=True)
    return [construct(AgeBucket, from_hours=start, before_hours=end, count=count) for start, end, count in ranges]


def _opportunity_report(counted: OpportunityFigures) -> OpportunityReport:
    return construct(
        OpportunityReport,
        created=counted.created,
        won=counted.won,
        lost=counted.lost,
        open=counted.open,
        amount_won=[_money(one) for one in counted.amount_won],
        amount_open=[_money(one) for one in counted.amount_open],
        win_rate=counted.win_rate,
    )


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
