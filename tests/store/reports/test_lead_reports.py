"""Reports equal figures that are computed lead by lead, for every viewer, filter and period."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, TypeGuard
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from gql_leads.domain.leads.filters import EVERYTHING, Filter, matches
from gql_leads.domain.leads.lead import Lead, LeadOutcome
from gql_leads.domain.leads.visibility import Visibility, visibility_of
from gql_leads.domain.reports.figures import PartnerFigures, Point, Report, Totals, bucket_of
from gql_leads.domain.reports.periods import Period, ReportInterval, ReportScope, first_day
from gql_leads.domain.values.money import Money
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads.facets import FacetField
from gql_leads.store.reports import lead_reports as reports
from gql_leads.store.reports.lead_reports import OF_PARTNERS, SERIES, Answer, Figure, Question
from tests.factories import World
from tests.fixtures import START, make_lead
from tests.property_runner import PropertyRunner
from tests.scenarios import DAYS, Scenario, filters

FIELDS = frozenset({FacetField.STATUS, FacetField.LISTING, FacetField.COUNTRY, FacetField.PARTNER, FacetField.SOURCE, FacetField.OWNER})
EVERYONE = 9
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Paris", "America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")]
ENDS = {"declined": LeadOutcome.DECLINED, "expired": LeadOutcome.EXPIRED, "won": LeadOutcome.WON, "lost": LeadOutcome.LOST,
        "converted": LeadOutcome.CONVERTED}  # fmt: skip

more_examples = settings(max_examples=120)


@given(data=st.data())
@more_examples
def test_report_equals_figures_computed_lead_by_lead(runner: PropertyRunner, scenario: Scenario, data: st.DataObject) -> None:
    viewer = data.draw(st.sampled_from(scenario.viewers))
    asked = data.draw(st.just(EVERYTHING) | filters(scenario))
    asked = replace(asked, is_deleted=data.draw(st.sampled_from((None, False))))
    period, interval = data.draw(periods()), data.draw(st.sampled_from(ReportInterval))
    scope, zone = data.draw(st.sampled_from(ReportScope)), data.draw(st.sampled_from(ZONES))
    question = Question(asked, period, interval, frozenset(Figure), FIELDS, scope, zone)
    answer = runner.call(reports.report, scenario.app.reader(viewer), question)
    leads = [lead for lead in scenario.leads if is_counted(scenario, viewer, asked, lead) and is_in_scope(viewer, scope, lead)]
    assert answer.report == expected_report(scenario, viewer, leads, question)
    assert values_of(answer) == expected_values(scenario, viewer, leads, period)


@given(figures=st.sets(st.sampled_from(Figure)), fields=st.sets(st.sampled_from(sorted(FIELDS))), who=st.integers(0, EVERYONE - 1))
@more_examples
def test_requested_figures_do_not_depend_on_the_other_requested_figures(
    runner: PropertyRunner, scenario: Scenario, figures: set[Figure], fields: set[FacetField], who: int
) -> None:
    reader, period = scenario.app.reader(scenario.viewers[who]), Period(START - timedelta(days=40), START)
    whole = Question(EVERYTHING, period, ReportInterval.WEEK, frozenset(Figure), FIELDS)
    everything, some = [
        runner.call(reports.report, reader, one) for one in (whole, replace(whole, figures=frozenset(figures), fields=frozenset(fields)))
    ]
    assert some.values == {one: everything.values[one] for one in fields}
    if Figure.TOTALS in figures:
        assert some.report.totals == everything.report.totals
    if Figure.RESPONSE in figures:
        assert some.report.median_response == everything.report.median_response
    if Figure.CLOSE_REASONS in figures:
        assert some.report.close_reasons == everything.report.close_reasons
    if Figure.VALUE in figures:
        assert some.report.estimated_value == everything.report.estimated_value
    if Figure.AGES in figures:
        assert some.report.ages == everything.report.ages
    rows = {one.partner_id: one for one in some.report.partners}
    assert bool(rows) == bool(figures & OF_PARTNERS and everything.report.partners)
    for one in everything.report.partners if rows else ():
        assert rows[one.partner_id].totals == one.totals
        assert Figure.PARTNER_RESPONSE not in figures or rows[one.partner_id].median_response == one.median_response
        assert Figure.PARTNER_VALUE not in figures or rows[one.partner_id].estimated_value == one.estimated_value
    for figure in SERIES.keys() & figures:
        seen, expected = [[getattr(point, figure) for point in one.report.series] for one in (some, everything)]
        assert seen == expected


async def test_sum_of_amounts_may_exceed_a_64_bit_integer(app: AppContext, world: World) -> None:
    for _ in range(100):
        await make_lead(app, partner=world.acme, accepted_at=START, deal_minor=10**15 - 1, deal_currency="EUR")
    await app.database.writing.execute("UPDATE lead SET deal_minor = ?", 2**62)
    question = Question(EVERYTHING, Period(START, START + timedelta(days=1)), ReportInterval.DAY, frozenset({Figure.VALUE}), frozenset())
    answer = await reports.report(app.reader(world.rep), question)
    assert answer.report.estimated_value == [Money(100 * 2**62, "EUR")]


def periods() -> st.SearchStrategy[Period]:
    """Return periods that begin and end at the days of the scenario, or a millisecond before or after."""
    edges = st.builds(
        lambda day, nudge: START + timedelta(days=day) + nudge,
        st.sampled_from(DAYS),
        st.sampled_from([timedelta(), timedelta(milliseconds=1), timedelta(milliseconds=-1), timedelta(hours=11)]),
    )
    return st.lists(edges, min_size=2, max_size=2, unique=True).map(lambda two: Period(min(two), max(two)))


def is_counted(scenario: Scenario, viewer: Viewer, asked: Filter, lead: Lead) -> bool:
    """Return whether the viewer's report counts the lead."""
    seen = scenario.snapshot(lead)
    if seen.is_deleted and (not viewer.is_vendor or asked.is_deleted is False):
        return False
    alive = replace(seen, is_deleted=False)
    return (
        not lead.is_test
        and lead.outcome is not LeadOutcome.DUPLICATE
        and visibility_of(viewer, alive) is not Visibility.NONE
        and matches(replace(asked, is_deleted=None), viewer, lead.id, alive)
    )


def is_in_scope(viewer: Viewer, scope: ReportScope, lead: Lead) -> bool:
    """Return whether the scope includes the lead."""
    has_it = lead.partner_id is not None and (viewer.is_vendor or lead.partner_id == viewer.partner_id)
    return scope is ReportScope.IN_SIGHT or has_it


def is_seen_in_full(scenario: Scenario, viewer: Viewer, lead: Lead) -> bool:
    """Return whether the viewer sees the lead, deleted or not, in full."""
    return visibility_of(viewer, replace(scenario.snapshot(lead), is_deleted=False)) is Visibility.FULL


def expected_report(scenario: Scenario, viewer: Viewer, leads: Collection[Lead], question: Question) -> Report:
    """Return the report computed lead by lead."""
    period, zone = question.period, question.zone

    def day_of(at: datetime) -> date:
        return first_day(question.interval, at.astimezone(zone).date())

    points = {day_of(start): Point(start) for start in period.boundaries(question.interval, zone)[:-1]}
    report = Report()
    for lead in leads:
        if lead.created_at < period.end and (lead.archived_at is None or lead.archived_at >= period.end):
            report.totals.open += 1
            since = lead.reached_at or lead.queued_at or lead.created_at
            report.ages[bucket_of(min(period.end, scenario.app.now()) - since)] += 1
        if within(lead.created_at, period):
            report.totals.received += 1
            points[day_of(lead.created_at)].received += 1
        if within(lead.accepted_at, period):
            points[day_of(lead.accepted_at)].accepted += 1
        if within(lead.archived_at, period):
            points[day_of(lead.archived_at)].archived += 1
            points[day_of(lead.archived_at)].won += lead.outcome is LeadOutcome.WON
            if lead.close_reason is not None and lead.outcome in (LeadOutcome.DECLINED, LeadOutcome.LOST):
                report.close_reasons[lead.close_reason.value] = report.close_reasons.get(lead.close_reason.value, 0) + 1
        _add_steps(report.totals, lead, period)
    report.series = list(points.values())
    report.median_response, report.estimated_value = expected_median(leads, period), expected_value(scenario, viewer, leads, period)
    if not viewer.is_vendor or viewer.sees_everything:
        partners = {
            lead.partner_id for lead in leads if lead.partner_id is not None and (viewer.is_vendor or lead.partner_id == viewer.partner_id)
        }
        rows = [expected_partner(scenario, viewer, [lead for lead in leads if lead.partner_id == one], period, one) for one in partners]
        shown = [one for one in rows if one.totals != Totals()]
        report.partners = sorted(shown, key=lambda one: (-one.totals.received, one.partner_id))
    return report


def expected_partner(scenario: Scenario, viewer: Viewer, leads: Collection[Lead], period: Period, partner_id: UUID) -> PartnerFigures:
    """Return a partner's row, computed from its leads."""
    totals = Totals(received=sum(within(lead.reached_at, period) for lead in leads))
    for lead in leads:
        _add_steps(totals, lead, period)
    return PartnerFigures(partner_id, totals, expected_median(leads, period), expected_value(scenario, viewer, leads, period))


def _add_steps(totals: Totals, lead: Lead, period: Period) -> None:
    totals.accepted += within(lead.accepted_at, period)
    for name, outcome in ENDS.items():
        setattr(totals, name, getattr(totals, name) + (within(lead.archived_at, period) and lead.outcome is outcome))


def expected_median(leads: Collection[Lead], period: Period) -> timedelta | None:
    """Return the median time to respond of the leads answered in the period."""
    took = []
    for lead in leads:
        answered = lead.archived_at if lead.outcome is LeadOutcome.DECLINED else lead.accepted_at
        if within(answered, period) and lead.reached_at is not None:
            took.append(answered - lead.reached_at)
    return median(took) if took else None  # type: ignore[type-var]


def expected_value(scenario: Scenario, viewer: Viewer, leads: Collection[Lead], period: Period) -> list[Money]:
    """Return the worth of the leads accepted in the period."""
    worth: Counter[str] = Counter()
    for lead in leads:
        if within(lead.accepted_at, period) and lead.deal_minor is not None and is_seen_in_full(scenario, viewer, lead):
            worth[lead.deal_currency or ""] += lead.deal_minor
    return [Money(worth[currency], currency) for currency in sorted(worth)]


def expected_values(scenario: Scenario, viewer: Viewer, leads: Iterable[Lead], period: Period) -> dict[FacetField, Counter[str]]:
    """Return the number of leads received with each value."""
    found: dict[FacetField, Counter[str]] = {one: Counter() for one in FIELDS}
    for lead in leads:
        if not within(lead.created_at, period):
            continue
        has: dict[FacetField, Any] = {
            FacetField.STATUS: lead.status.value,
            FacetField.LISTING: lead.listing_id,
            FacetField.COUNTRY: lead.country,
            FacetField.SOURCE: lead.source.value,
            FacetField.OWNER: lead.owner_id if is_seen_in_full(scenario, viewer, lead) else None,
            FacetField.PARTNER: lead.partner_id if viewer.is_vendor or lead.partner_id == viewer.partner_id else None,
        }
        for field, value in has.items():
            if value is not None:
                found[field][str(value)] += 1
    return found


def values_of(answer: Answer) -> dict[FacetField, Counter[str]]:
    """Return the counts of an answer; check that each list is in order."""
    for values in answer.values.values():
        assert values == sorted(values, key=lambda one: (-one.total, one.value))
    return {field: Counter({as_text(one.value or ""): one.total for one in values}) for field, values in answer.values.items()}


def as_text(value: str) -> str:
    return str(UUID(value)) if len(value) == 36 else value


def within(at: datetime | None, period: Period) -> TypeGuard[datetime]:
    return at is not None and period.start <= at < period.end
