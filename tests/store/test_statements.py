"""How many statements a read or a change costs: constants, whatever the number of rows."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from gql_leads.domain.commands import DealFields
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.lead import LeadStatus
from gql_leads.domain.leads.sorting import LeadSort, LeadSortField
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import responses
from gql_leads.store import queues
from gql_leads.store.leads import facets, lists, notes_and_activities, timeline
from gql_leads.store.leads.facets import Facet, FacetField
from gql_leads.store.leads.lists import COLUMNS, WHOLE, LeadQuery, SearchPlan
from gql_leads.store.search.search_plan import UNRESTRICTED
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import as_uuid
from tests.factories import World
from tests.fixtures import load_viewer, make_lead, make_queue


class Statements(logging.Handler):
    """Gathers what Tortoise tells of the statements it sends."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text.startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
            self.sent.append(text)


@contextmanager
def statements() -> Iterator[list[str]]:
    logger, handler = logging.getLogger("tortoise.db_client"), Statements()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield handler.sent
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


@pytest.mark.parametrize("rows", [1, 30])
async def test_every_read_is_one_statement_whatever_the_number_of_rows(app: AppContext, world: World, rows: int) -> None:
    ids = [await make_lead(app, partner=world.acme) for _ in range(rows)]
    reader = app.reader(world.rep)
    with statements() as page:
        found = await lists.page(reader, LeadQuery(), WHOLE, Window(50))
    assert {as_uuid(row["id"]) for row in found.rows} == set(ids)
    with statements() as by_id:
        await lists.by_id(reader, ids, WHOLE)
    with statements() as total:
        assert await lists.total(reader, LeadQuery()) == rows
    with statements() as counted:
        await facets.counts(reader, LeadQuery(), [Facet(field, 20) for field in FacetField], with_total=True)
    with statements() as notes:
        await notes_and_activities.pages(
            reader.connection, world.rep, notes_and_activities.NOTES, Projection(frozenset({"body", "author__name"})), Window(20), ids
        )
    with statements() as told:
        await timeline.pages(reader.connection, world.rep, Window(20), ids)
    assert [len(sent) for sent in (page, by_id, total, counted, notes, told)] == [1] * 6


@pytest.mark.parametrize(("asked", "looks"), [(Filter(), 1), (Filter(status=(LeadStatus.NEW,)), 2)], ids=["everything", "a status"])
async def test_facets_of_few_values_that_count_the_same_leads_look_at_them_once(
    app: AppContext, world: World, asked: Filter, looks: int
) -> None:
    few = [Facet(one, 20) for one in (FacetField.STATUS, FacetField.STAGE, FacetField.TYPE, FacetField.QUALITY)]
    with statements() as sent:
        await facets.counts(app.reader(world.channel), LeadQuery(filter=asked), few, with_total=asked == Filter())
    assert [text.count("FROM lead l") for text in sent] == [looks]


async def test_what_waits_is_counted_by_its_queue_alone(app: AppContext, world: World) -> None:
    """Whose a lead is stands in no index beside its queue."""
    queue, closed = await make_queue(app, open_to=[world.acme]), await make_queue(app, open_to=[world.globex])
    for one in (queue, queue, closed):
        await make_lead(app, queue=one)
    rep = await load_viewer(app, world.rep)
    with statements() as sent:
        assert await queues.waiting(app.reader(rep), [queue, closed]) == {queue: 2, closed: 0}
    assert "partner_id" not in sent[0].rpartition(" WHERE ")[2]


async def test_the_hot_are_counted_by_when_they_asked_to_be_contacted(app: AppContext, world: World) -> None:
    hot = await make_lead(app, partner=world.acme, contact_requested_at=app.now() - timedelta(hours=1))
    await make_lead(app, partner=world.acme, contact_requested_at=app.now() - timedelta(days=30))
    reader, query = app.reader(world.channel), LeadQuery(filter=Filter(is_hot=True))
    page = await lists.page(reader, query, Projection(frozenset({"id"})), Window(50))
    assert [as_uuid(row["id"]) for row in page.rows] == [hot]
    counting = lists.counting(SearchPlan(query, UNRESTRICTED).branches(reader))
    async with app.database.transaction() as connection:
        explain, said = "EXPLAIN QUERY PLAN", "detail"
        if app.database.dialect == "postgres":
            await connection.execute("SET LOCAL enable_seqscan = off")  # of two leads, reading all is fastest
            explain, said = "EXPLAIN", "QUERY PLAN"
        plan = await connection.fetch(f"{explain} {counting.text}", *counting.parameters)
    assert "lead_requested_present" in "".join(step[said] for step in plan)


async def test_list_without_an_index_is_sorted_before_relations_are_joined(app: AppContext, world: World) -> None:
    query = SearchPlan(LeadQuery(sort=(LeadSort(LeadSortField.COMPANY),)), UNRESTRICTED)
    first, _, joined = lists.select(app.reader(world.channel), query, WHOLE, Window(7)).source.text.partition("LIMIT 8")
    assert "JOIN" not in first
    assert joined.count("LEFT JOIN") == len(WHOLE.joins)


@pytest.mark.parametrize("rows", [60, 90])
async def test_a_search_looks_into_the_index_once_for_all_that_is_read_of_it(app: AppContext, world: World, rows: int) -> None:
    for number in range(rows):
        await make_lead(app, partner=world.acme, company=f"Labs {number:02d}")
    reader, query = app.reader(world.channel), LeadQuery("labs 00")
    await lists.total(reader, query)  # takes the sample
    every_facet = [Facet(field, 20) for field in FacetField]
    with statements() as sent:
        page = await lists.page(reader, query, Projection(COLUMNS), Window(50))
        assert await lists.total(reader, query) == len(page.rows) == 1
        await facets.counts_of(reader, [facets.Wanted(query, tuple(every_facet), with_total=True)] * 3)
    assert len(sent) == 6  # one look, and what is read, each time


async def test_a_change_costs_as_many_statements_however_much_there_is(app: AppContext, world: World) -> None:
    async def cost() -> int:
        lead = await make_lead(app)
        with statements() as sent:
            await responses.accept_lead(app, world.rep, lead, DealFields())
        return len(sent)

    first = await cost()
    for _ in range(20):
        await make_lead(app)
    assert first == await cost() <= 12
