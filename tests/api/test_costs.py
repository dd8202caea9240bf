"""Costs of operations: what reads many leads is charged by it, and ordinary screens stay below the limit at full scale."""

import asyncio
from dataclasses import replace
from typing import Any, Final

import orjson
import pytest
from graphql import parse

from gql_leads.api.resolving import reading_scale
from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.reading_scale import ReadingScales
from gql_leads.api.schema import schema
from gql_leads.graphql_server.application import Application
from gql_leads.graphql_server.documents.limits import Limits
from gql_leads.graphql_server.documents.measurement import measure
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.errors import Refused
from gql_leads.graphql_server.execution.operations import Pipeline
from gql_leads.graphql_server.policy import Policy
from gql_leads.services.app_context import AppContext
from gql_leads.store.events import event_log, time_slices
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_accepted_lead, make_lead, make_member, make_partner

LIMIT: Final = Limits().cost
PERIOD: Final = 'from: "2026-11-01T00:00:00Z", before: "2026-12-01T00:00:00Z"'
FACETS: Final = """facets(fields: [STATUS STAGE OUTCOME TYPE SOURCE CALL_TO_ACTION QUALITY COUNTRY EMAIL_VALIDITY PHONE_VALIDITY
    LISTING_KIND LISTING PARTNER OWNER QUEUE CAMPAIGN]) { values { value count } }"""
REPORT: Final = f"""{{ leadReport({PERIOD}) {{ received accepted declined expired won lost converted open conversionRate acceptanceRate
    medianResponseHours estimatedValue {{ amount }} byStatus {{ count }} byListing {{ count }} byCountry {{ count }} byPartner {{ count }}
    bySource {{ count }} byOwner {{ count }} byCloseReason {{ count }} ageing {{ count }} opportunities {{ won amountWon {{ amount }} }}
    partners {{ partner {{ name }} received acceptanceRate medianResponseHours estimatedValue {{ amount }} }}
    series {{ received accepted archived won }} }} }}"""
LISTED: Final = "query($filter: LeadFilter) { leads(first: 50, filter: $filter) { nodes { id } } }"
COUNTED: Final = "query($filter: LeadFilter) { leads(first: 50, filter: $filter) { totalCount nodes { id } } }"


def cost(document: str, scale: float = 1.0, **variables: Any) -> int:
    return measure(schema._schema, parse(document), Limits())[0].cost(variables, scale)


def contains(texts: int) -> dict[str, Any]:
    return {"or": [{"company": {"contains": f"a{at}"}} for at in range(texts)]}


@pytest.mark.parametrize(
    "document",
    [
        "{ leads(first: 200, filter: {statuses: [NEW]}, sort: [{field: COMPANY}]) { totalCount nodes { id owner { name } } } }",
        f"{{ leads(first: 200) {{ totalCount {FACETS} nodes {{ id owner {{ name }} }} }} }}",
        f'{{ leads(first: 200, search: "labs") {{ {FACETS} }} }}',
        "{ leadBoard(groupBy: OWNER, filter: {isHot: true}) { columns { key label count leads(first: 50) { nodes { id } } } } }",
        REPORT,
        "{ partners(first: 200) { nodes { id name responsiveness { acceptanceRate } } } }",
        "{ recommendedLeads(first: 200) { reason lead { id duplicates(first: 20) { score } } } }",
    ],
)
def test_ordinary_screens_stay_within_the_limit_at_full_scale(document: str) -> None:
    assert 200 < cost(document) <= LIMIT


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("{" + " ".join(f"r{at}: leadReport({PERIOD}) {{ received }}" for at in range(15)) + "}", {}),
        ("{" + " ".join(f'l{at}: leads(first: 1, filter: {{countries: ["A{at}"]}}) {{ nodes {{ id }} }}' for at in range(15)) + "}", {}),
        ("{" + " ".join(f"l{at}: leads(first: 1) {{ totalCount }} " for at in range(15)) + " leads(first: 1) { totalCount } }", {}),
        (LISTED, {"filter": contains(99)}),
        ("mutation($input: ExportLeadsInput!) { exportLeads(input: $input) { export { rowCount } } }", {"input": {"filter": contains(99)}}),
        ("{" + " ".join(f"b{at}: leadBoard(groupBy: OWNER) {{ columns {{ key }} }}" for at in range(4)) + "}", {}),
    ],
    ids=["reports", "filters", "totals", "text conditions", "export", "boards"],
)  # fmt: skip
def test_operations_that_read_too_much_exceed_the_limit_at_full_scale_only(document: str, variables: dict[str, Any]) -> None:
    assert cost(document, 1.0, **variables) > LIMIT * 0.9
    assert 15 <= cost(document, 0.05, **variables) < LIMIT / 5


def test_conditions_are_charged_for_each_time_that_all_leads_are_read() -> None:
    assert cost(LISTED) == 50
    one = cost(LISTED, filter={"statuses": ["NEW"]})
    assert cost(LISTED, filter={"statuses": ["NEW"], "stages": ["ACCEPTED"]}) > one > 50
    assert cost(LISTED, filter=contains(2)) - cost(LISTED, filter=contains(1)) == 120
    assert cost(COUNTED, filter=contains(2)) - cost(COUNTED, filter=contains(1)) == 240
    literal = '{ leads(first: 50, filter: {or: [{company: {contains: "a0"}}, {company: {contains: "a1"}}]}) { nodes { id } } }'
    assert cost(literal) == cost(LISTED, filter=contains(2))


def test_only_an_order_without_an_index_is_charged() -> None:
    ordered = "query($sort: [LeadSort!]) { leads(first: 50, sort: $sort) { nodes { id } } }"
    assert cost(ordered, sort=[{"field": "CREATED_AT"}]) == cost(ordered, sort=[]) == cost(ordered) == 50
    assert cost("{ leads(first: 50, sort: [{field: CREATED_AT, direction: DESC}]) { nodes { id } } }") == 50
    assert cost(ordered, sort=[{"field": "COMPANY"}]) > 1_000


@pytest.mark.parametrize(("field", "filter_type"), [("opportunities", "OpportunityFilter"), ("activities", "ActivityFilter")])
def test_only_a_filter_of_records_is_charged(field: str, filter_type: str) -> None:
    document = f"query($filter: {filter_type}) {{ {field}(first: 50, filter: $filter) {{ nodes {{ id }} }} }}"
    assert cost(document) == 50
    assert 300 < cost(document, filter={"isMine": True}) < 400
    assert cost(document, 0.01, filter={"isMine": True}) < 60


def test_mutations_are_charged_for_each_lead() -> None:
    document = "mutation($ids: [ID!]!) { deleteLeads(input: {leadIds: $ids}) { results { leadId } } }"
    assert cost(document, ids=["a"] * 100) == 10 + 100 * 10


async def test_reads_are_charged_by_the_leads_in_sight(app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_scale, "FULL_SCALE", 40)
    now = 0.0
    scales = ReadingScales(clock=lambda: now)
    for partner in (world.acme, world.acme, world.globex):
        await make_lead(app, partner=partner)
    await make_lead(app, queue=world.general)
    viewers = [world.channel, world.rep, await make_member(app, await make_partner(app), *world.rep.roles), world.seller]

    async def counted() -> list[float]:
        for viewer in viewers:
            await scales.refresh(app.database.reading, viewer)
        return [scales.scale(Context(app, viewer)) for viewer in viewers]

    assert [scales.scale(Context(app, viewer)) for viewer in viewers] == [1.0] * 4
    assert await counted() == [4 / 40, 2.0 * 3 / 40, 2.0 * 1 / 40, 0.0]
    for _ in range(60):
        await make_lead(app, partner=world.acme)
    assert (await counted())[0] == 4 / 40
    now = 601.0
    assert await counted() == [1.0, 1.0, 2.0 * 1 / 40, 0.0]
    assert scales.scale(Context(app, None)) == 0.0


async def test_equal_reports_are_read_by_one_statement(app: AppContext, world: World, ask: Ask, statements: list[str]) -> None:
    await make_accepted_lead(app, world.rep)
    reports = " ".join(f"r{at}: leadReport({PERIOD}) {{ received byStatus {{ count }} }}" for at in range(13))
    statements.clear()
    found = await ask(
        world.rep,
        f"{{ {reports} other: leadReport({PERIOD}) {{ accepted series {{ received }} }}"
        ' before: leadReport(from: "2020-01-01T00:00:00Z", before: "2020-01-02T00:00:00Z") { received } }',
    )
    assert len([sql for sql in statements if "lead l" in sql]) == 2
    assert all(found[f"r{at}"] == {"received": 1, "byStatus": [{"count": 1}]} for at in range(13))
    assert found["other"]["accepted"] == 1
    assert sum(point["received"] for point in found["other"]["series"]) == 1
    assert found["before"] == {"received": 0}


def test_reading_events_is_charged_by_the_events_and_conditions() -> None:
    changes = "query($filter: LeadFilter) { leadChanges(first: 1, filter: $filter) { nodes { kind } } }"
    assert cost(changes) == cost(changes, 0.01) == 501
    assert cost(changes, filter=contains(99)) == 501 + 2020
    stream = "subscription($filter: LeadFilter) { leadChanged(filter: $filter) { kind } }"
    assert cost(stream) == 10
    assert cost(stream, filter=contains(99)) == 10 + 41


async def test_reading_changes_gives_way_and_ends_at_the_deadline(app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_slices, "LONGEST", 0.0)
    await make_lead(app, partner=world.acme)
    (logged,) = await event_log.read(app.database.reading, event_log.BEGINNING, 10)
    async with app.database.transaction() as connection:
        await event_log.append(connection, [replace(logged.event, before=logged.event.after)] * 1_000)
    application: Application[Any] = Application(
        authenticate=lambda _token, _headers: pytest.fail("no request is authenticated"),
        context_for=lambda viewer, _: Context(app, viewer),
    )
    variables = {"filter": {"not": {"or": contains(90)["or"]}}}
    document = "query($filter: LeadFilter) { leadChanges(first: 200, filter: $filter) { nodes { kind } } }"
    turns, is_running = 0, True

    def count_turn() -> None:
        nonlocal turns
        turns += 1
        if is_running:
            asyncio.get_running_loop().call_soon(count_turn)

    count_turn()
    pipeline = Pipeline(schema, application, Policy(deadline=60))
    payload = await pipeline.execute(pipeline.admit(Parameters(query=document, variables=variables), world.rep, "rep"))
    is_running = False
    assert len(orjson.loads(payload.body)["data"]["leadChanges"]["nodes"]) == 200
    assert turns > 500
    pipeline = Pipeline(schema, application, Policy(deadline=0.001))
    with pytest.raises(Refused, match="took longer than"):
        await pipeline.execute(pipeline.admit(Parameters(query=document, variables=variables), world.rep, "rep"))
