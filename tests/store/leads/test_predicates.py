"""Filters and access policy select the same leads in SQL as in memory, for every filter and viewer."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gql_leads.domain.leads.filters import EVERYTHING, Filter, TextFilter, TextMatch, matches
from gql_leads.domain.leads.lead import LeadTab
from gql_leads.domain.leads.visibility import Visibility, contact_hidden, visibility_of
from gql_leads.store.leads import lists as lists_module
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import Row, as_uuid
from tests.property_runner import PropertyRunner
from tests.scenarios import COMPANIES, PIECES, Scenario, filters

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
    viewer = lists.scenario.viewers[who]
    streamed = {
        lead_id
        for lead_id, snapshot in lists.scenario.snapshots().items()
        if visibility_of(viewer, snapshot) is not Visibility.NONE and matches(asked, viewer, lead_id, snapshot)
    }
    assert lists.of(who, asked) == streamed


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
