"""Pages of any sort in both directions visit every row once, even if rows are inserted in between."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gql_leads.domain.leads.lead import Lead, LeadQuality, LeadStage, LeadStatus
from gql_leads.domain.leads.sorting import LeadSort, LeadSortField
from gql_leads.domain.leads.visibility import Visibility, contact_hidden, visibility_of
from gql_leads.domain.values.text_folding import fold
from gql_leads.store.leads import lists, sort_keys
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import Page, Window, cursor_values
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import as_uuid
from tests.fixtures import make_lead
from tests.property_runner import PropertyRunner
from tests.scenarios import Scenario

ID = Projection(frozenset({"id"}))
REP, CHANNEL = 0, 7
Sorts = tuple[LeadSort, ...]

SORTS: list[Sorts] = [
    (),
    *((LeadSort(field, descending),) for field in LeadSortField for descending in (False, True)),
    (LeadSort(LeadSortField.COUNTRY), LeadSort(LeadSortField.LAST_NAME, descending=True)),
    (LeadSort(LeadSortField.STATUS, descending=True), LeadSort(LeadSortField.CREATED_AT), LeadSort(LeadSortField.STATUS)),
]


def signature_of(sorts: Sorts) -> str:
    return sort_keys.signature(sorts)


async def page(scenario: Scenario, who: int, sorts: Sorts, window: Window) -> Page:
    return await lists.page(scenario.app.reader(scenario.viewers[who]), LeadQuery(sort=sorts), ID, window)


def ids(page: Page) -> list[UUID]:
    return [as_uuid(row["id"]) for row in page.rows]


async def walk(scenario: Scenario, who: int, sorts: Sorts, size: int, *, backward: bool = False, adding: bool = False) -> list[UUID]:
    """Return all ids in the order of the list, read page by page."""
    order = sort_keys.order(sorts, scenario.viewers[who])
    found: list[UUID] = []
    at: list[Any] | None = None
    while True:
        window = Window(size, True, None, at) if backward else Window(size, False, at)
        read = await page(scenario, who, sorts, window)
        assert len(read.rows) <= size
        found = ids(read) + found if backward else found + ids(read)
        if not (read.has_previous if backward else read.has_next):
            return found
        assert len(read.rows) == size
        at = cursor_values(read.rows[0 if backward else -1], order)
        if adding:
            for company in (None, "a", "zz", "ж"):
                await make_lead(scenario.app, partner=scenario.world.acme, company=company, last_name=company or "Bosu")


def expected_ids(scenario: Scenario, who: int, sorts: Sorts) -> list[UUID]:
    """Return the ids of the list, sorted in memory key by key."""
    viewer, snapshots = scenario.viewers[who], scenario.snapshots()
    seen = [lead for lead in scenario.leads if visibility_of(viewer, snapshots[lead.id]) is not Visibility.NONE]
    reduced = {lead.id for lead in seen if visibility_of(viewer, snapshots[lead.id]) is Visibility.REDUCED}
    hidden = {
        lead.id
        for lead in seen
        if contact_hidden(viewer, partner_id=lead.partner_id, outcome=lead.outcome, erased=lead.erased_at is not None)
    }
    steps: dict[LeadSortField, LeadSort] = {}
    for sort in sorts or (LeadSort(LeadSortField.CREATED_AT, descending=True),):
        steps.setdefault(sort.field, sort)
    created = steps.get(LeadSortField.CREATED_AT)
    seen.sort(key=lambda lead: lead.id, reverse=created is None or created.descending)
    if created is None:
        seen.sort(key=lambda lead: lead.created_at, reverse=True)
    for sort in reversed(steps.values()):
        values = {lead.id: _value(lead, sort.field, lead.id in hidden) for lead in seen}
        if sort.field is LeadSortField.UPDATED_AT:
            values |= {lead.id: lead.sent_updated_at or lead.updated_at for lead in seen if lead.id in reduced}
        present = [lead for lead in seen if values[lead.id] is not None]
        present.sort(key=lambda lead: values[lead.id], reverse=sort.descending)
        seen = present + [lead for lead in seen if values[lead.id] is None]
    return [lead.id for lead in seen]


def _value(lead: Lead, field: LeadSortField, hidden: bool) -> Any:
    value = getattr(lead, field.value.lower())
    for ranked in (LeadStatus, LeadStage, LeadQuality):
        if isinstance(value, ranked):
            return list(ranked).index(value)
    if value is None or isinstance(value, datetime):
        return value
    if field in {LeadSortField.FIRST_NAME, LeadSortField.LAST_NAME} and hidden:
        return None
    return fold(value) if field is not LeadSortField.COUNTRY else value


@pytest.mark.parametrize("who", [REP, CHANNEL], ids=["rep", "channel"])
def test_list_is_sorted_with_hidden_and_missing_values_last(runner: PropertyRunner, scenario: Scenario, who: int) -> None:
    for sorts in SORTS:
        expected = expected_ids(scenario, who, sorts)
        assert len(expected) > 20
        assert runner.call(walk, scenario, who, sorts, 1_000) == expected, signature_of(sorts)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_pages_of_seven_visit_every_row_once_in_any_sort(runner: PropertyRunner, scenario: Scenario, backward: bool) -> None:
    async def walked(sorts: Sorts) -> list[UUID]:
        return await walk(scenario, REP, sorts, 7, backward=backward)

    for sorts in SORTS:
        assert runner.call(walked, sorts) == expected_ids(scenario, REP, sorts), signature_of(sorts)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_rows_inserted_between_pages_neither_hide_nor_repeat_others(runner: PropertyRunner, scenario: Scenario, backward: bool) -> None:
    async def walked(sorts: Sorts) -> list[UUID]:
        return await walk(scenario, REP, sorts, 20, backward=backward, adding=True)

    there = {lead.id for lead in scenario.leads}
    for sorts in SORTS[:: 3 if backward else 2]:
        found = runner.call(walked, sorts)
        assert len(set(found)) == len(found), signature_of(sorts)
        assert [one for one in found if one in there] == expected_ids(scenario, REP, sorts), signature_of(sorts)


@given(
    sorts=st.lists(st.builds(LeadSort, st.sampled_from(LeadSortField), st.booleans()), max_size=3).map(tuple),
    size=st.integers(1, 30),
    backward=st.booleans(),
    who=st.integers(0, 8),
)
@settings(max_examples=30)
def test_pages_of_any_size_in_any_sort_make_up_the_list(
    runner: PropertyRunner, scenario: Scenario, sorts: Sorts, size: int, backward: bool, who: int
) -> None:
    async def walked() -> list[UUID]:
        return await walk(scenario, who, sorts, size, backward=backward)

    assert runner.call(walked) == expected_ids(scenario, who, sorts)


def test_window_between_two_cursors_has_the_rows_between_them(runner: PropertyRunner, scenario: Scenario) -> None:
    order = sort_keys.order((), scenario.viewers[REP])
    whole = runner.call(page, scenario, REP, (), Window(1_000))
    after, before = cursor_values(whole.rows[4], order), cursor_values(whole.rows[15], order)
    for backward in (False, True):
        between = runner.call(page, scenario, REP, (), Window(20, backward, after, before))
        assert ids(between) == ids(whole)[5:15]
        cut = runner.call(page, scenario, REP, (), Window(3, backward, after, before))
        assert ids(cut) == (ids(whole)[12:15] if backward else ids(whole)[5:8])


def test_page_reports_whether_rows_precede_and_follow(runner: PropertyRunner, scenario: Scenario) -> None:
    order = sort_keys.order((), scenario.viewers[REP])
    first = runner.call(page, scenario, REP, (), Window(5))
    second = runner.call(page, scenario, REP, (), Window(5, False, cursor_values(first.rows[-1], order)))
    assert (first.has_next, first.has_previous) == (True, False)
    assert (second.has_next, second.has_previous) == (True, True)
    last = runner.call(page, scenario, REP, (), Window(5, True))
    assert (last.has_next, last.has_previous) == (False, True)


def test_no_two_sorts_have_the_same_signature() -> None:
    signatures: Iterable[str] = [signature_of(sorts) for sorts in SORTS[1:]]
    assert len(set(signatures)) == len(SORTS) - 1
