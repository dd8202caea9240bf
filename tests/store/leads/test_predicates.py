"""Filters and access policy select the same leads in SQL as in memory, for every filter and viewer."""

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gql_leads.domain.claims import open_claim
from gql_leads.domain.leads.filters import CONTACT_CRITERIA, EVERYTHING, Filter, Interval, TextFilter, TextMatch, matches
from gql_leads.domain.leads.lead import CompanySize, Lead, LeadOutcome, LeadTab
from gql_leads.domain.leads.visibility import Visibility, contact_hidden, visibility_of
from gql_leads.store.leads import lists as lists_module
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import Row, as_uuid
from tests.fixtures import START
from tests.property_runner import PropertyRunner
from tests.scenarios import COMPANIES, PIECES, Scenario, conditions, filters

EVERYONE = 9

more_examples = settings(max_examples=150)


class Lists:
    """Runs reads of the scenario in sequence."""

    def __init__(self, runner: PropertyRunner, scenario: Scenario) -> None:
        self._runner = runner
        self.scenario = scenario

    def of(self, who: int, asked: Filter = EVERYTHING) -> set[UUID]:
        """Return the leads that the viewer's list shows."""
        return self._runner.call(listed, self.scenario, who, LeadQuery(filter=asked))

    def facts(self, who: int, columns: frozenset[str]) -> dict[UUID, Row]:
        """Return columns of all leads that the viewer sees."""
        ids = [lead.id for lead in self.scenario.leads]
        return self._runner.call(lists_module.by_id, self.scenario.app.reader(self.scenario.viewers[who]), ids, Projection(columns))


@pytest.fixture
def lists(runner: PropertyRunner, scenario: Scenario) -> Lists:
    return Lists(runner, scenario)


async def listed(scenario: Scenario, who: int, query: LeadQuery) -> set[UUID]:
    reader = scenario.app.reader(scenario.viewers[who])
    page = await lists_module.page(reader, query, Projection(frozenset({"id"})), Window(1_000))
    assert len(page.rows) == await lists_module.total(reader, query)
    return {as_uuid(row["id"]) for row in page.rows}


@given(data=st.data())
@more_examples
def test_filter_selects_the_same_leads_in_memory_and_in_sql(lists: Lists, data: st.DataObject) -> None:
    who = data.draw(st.integers(0, EVERYONE - 1))
    asked = data.draw(filters(lists.scenario))
    assert lists.of(who, asked) == in_memory(lists.scenario, who, asked)


def in_memory(scenario: Scenario, who: int, asked: Filter) -> set[UUID]:
    """Return the leads whose snapshots match, as a stream selects them."""
    viewer = scenario.viewers[who]
    return {
        lead_id
        for lead_id, snapshot in scenario.snapshots().items()
        if visibility_of(viewer, snapshot) is not Visibility.NONE and matches(asked, viewer, lead_id, snapshot)
    }


def test_every_condition_of_a_filter_is_drawn(scenario: Scenario) -> None:
    nested, of_lists_only = {"all_of", "any_of", "negated"}, {"is_favorite", "is_deleted"}
    assert set(conditions(scenario)) == {field.name for field in fields(Filter)} - nested - of_lists_only


@pytest.mark.parametrize("who", range(EVERYONE))
def test_each_fact_of_a_lead_selects_it_in_memory_and_in_sql_where_it_is_not_hidden(lists: Lists, who: int) -> None:
    scenario = lists.scenario
    found = {lead.id: lead for lead in scenario.leads}
    general, day = scenario.world.general, timedelta(days=40)
    facts: dict[Filter, Callable[[Lead], bool]] = {
        Filter(reference=("L-000003", "L-000004", "L-999999")): lambda lead: lead.reference in {"L-000003", "L-000004"},
        Filter(external_reference=("ORDER-1",)): lambda lead: lead.external_reference == "ORDER-1",
        Filter(crm_id=("crm-1",)): lambda lead: lead.crm_id == "crm-1",
        Filter(company_size=tuple(CompanySize)[:4]): lambda lead: lead.company_size in tuple(CompanySize)[:4],
        Filter(sender_id=(scenario.world.rep.member_id,)): lambda lead: lead.sender_id == scenario.world.rep.member_id,
        Filter(origin_queue_id=(general,)): lambda lead: lead.origin_queue_id == general,
        Filter(has_owner=True): lambda lead: lead.owner_id is not None,
        Filter(has_listing=True): lambda lead: lead.listing_id is not None,
        Filter(is_open_claim=True): lambda lead: open_claim(lead) is not None,
        Filter(claimed_at=Interval()): lambda lead: lead.claimed_at is not None,
        Filter(accepted_at=Interval(START - day, START + day)): lambda lead: (
            lead.accepted_at is not None and START - day <= lead.accepted_at < START + day
        ),
        Filter(archived_at=Interval(None, START)): lambda lead: lead.archived_at is not None and lead.archived_at < START,
    }
    visible = lists.of(who)
    is_vendor = scenario.viewers[who].sees_everything
    for asked, has in facts.items():
        listed = lists.of(who, asked)
        assert listed == in_memory(scenario, who, asked), asked
        assert lists.of(who, Filter(negated=asked)) == visible - listed, asked
        having = {one for one in visible if has(found[one])}
        if asked.external_reference and "external_reference" in CONTACT_CRITERIA:
            having -= {one for one in having if found[one].erased_at or found[one].outcome is LeadOutcome.EXPIRED}
        assert listed == having if is_vendor else listed <= having, asked


@pytest.mark.parametrize("who", range(EVERYONE))
def test_visibility_and_masks_are_the_same_in_memory_and_in_sql(lists: Lists, who: int) -> None:
    viewer = lists.scenario.viewers[who]
    columns = frozenset({"contact_hidden", "is_reduced", "last_name", "email_validity", "owner_id", "claimed_at", "urgency"})
    found = lists.facts(who, columns)
    for lead in lists.scenario.leads:
        snapshot = lists.scenario.snapshots()[lead.id]
        seen = visibility_of(viewer, snapshot)
        assert (lead.id in found) == (seen is not Visibility.NONE)
        if seen is Visibility.NONE:
            continue
        row = found[lead.id]
        hidden = contact_hidden(viewer, partner_id=lead.partner_id, outcome=lead.outcome, erased=lead.erased_at is not None)
        assert row["contact_hidden"] == hidden
        assert row["last_name"] == (None if hidden else lead.last_name)
        assert row["email_validity"] == (None if hidden else lead.email_validity)
        assert row["urgency"] == snapshot.urgency
        assert row["is_reduced"] is not None
        assert bool(row["is_reduced"]) == (seen is Visibility.REDUCED)
        assert row["owner_id"] is None or as_uuid(row["owner_id"]) == lead.owner_id
        assert (row["owner_id"] is None) == (lead.owner_id is None or seen is Visibility.REDUCED)


def test_scenario_has_leads_of_every_visibility(lists: Lists) -> None:
    snapshots = lists.scenario.snapshots().values()
    seen = {who: {visibility_of(viewer, snapshot) for snapshot in snapshots} for who, viewer in enumerate(lists.scenario.viewers)}
    assert seen[0] == {Visibility.NONE, Visibility.REDUCED, Visibility.FULL}
    assert seen[EVERYONE - 1] == {Visibility.NONE, Visibility.REDUCED}


@given(who=st.integers(0, EVERYONE - 1), asked=st.sampled_from(PIECES + COMPANIES[1:]), match=st.sampled_from(TextMatch))
@more_examples
def test_each_visible_lead_matches_a_filter_or_its_complement(lists: Lists, who: int, asked: str, match: TextMatch) -> None:
    one = Filter(company=TextFilter(match, asked))
    inside, outside = lists.of(who, one), lists.of(who, Filter(negated=one))
    assert inside.isdisjoint(outside)
    assert inside | outside == lists.of(who)


def test_favorites_of_other_members_do_not_match(lists: Lists) -> None:
    marked = {lead.id for lead in lists.scenario.leads[::5]}
    visible = lists.of(0)
    assert lists.of(0, Filter(is_favorite=True)) == marked & visible
    assert lists.of(0, Filter(tab=LeadTab.FAVORITES)) == marked & visible
    assert lists.of(0, Filter(is_favorite=False)) == visible - marked
    assert lists.of(1, Filter(is_favorite=True)) == set()


def test_deleted_leads_are_listed_for_viewers_who_may_restore_them(lists: Lists) -> None:
    deleted = {lead.id for lead in lists.scenario.leads if lead.deleted_at}
    own = {lead.id for lead in lists.scenario.leads if lead.deleted_at and lead.partner_id == lists.scenario.world.acme}
    assert own < deleted
    found = [lists.of(who, Filter(is_deleted=True)) for who in range(EVERYONE)]
    rivals = {lead.id for lead in lists.scenario.leads if lead.deleted_at and lead.partner_id == lists.scenario.world.globex}
    by_hand = {2: own, 5: rivals, 6: deleted}
    assert found == [by_hand.get(who, set()) for who in range(EVERYONE)]
    for who in range(EVERYONE):
        assert deleted.isdisjoint(lists.of(who, Filter(is_deleted=False)))
        assert lists.of(who, Filter(is_deleted=False)) == lists.of(who)
