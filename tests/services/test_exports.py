"""Export links: valid for their member, query and filename until they expire."""

import json
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from gql_leads.domain.errors import Forbidden
from gql_leads.domain.leads.filters import Filter, Interval, TextFilter, TextMatch
from gql_leads.domain.leads.lead import ContactUrgency, LeadStage, LeadTab
from gql_leads.domain.leads.sorting import LeadSort, LeadSortField
from gql_leads.services.app_context import AppContext
from gql_leads.services.exports import PURPOSE, export_leads, open_export_link
from gql_leads.store.events import event_log
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.rows import to_json
from tests.factories import World
from tests.fixtures import Clock, enter_lead, make_lead, wait_for_event_log
from tests.previous_release import PREVIOUS_RELEASE, viewer_named


async def token_of(app: AppContext, world: World, query: LeadQuery | None = None) -> tuple[str, str]:
    link = await export_leads(app, world.rep, query or LeadQuery())
    return link.filename, parse_qs(urlsplit(link.url).query)["token"][0]


async def test_a_link_has_its_filename_expiry_and_row_count(app: AppContext, world: World, clock: Clock) -> None:
    await make_lead(app, partner=world.acme)
    await make_lead(app, partner=world.globex)
    link = await export_leads(app, world.rep, LeadQuery())
    assert link.filename == "Leads_11212026.csv"
    assert link.url.startswith("http://127.0.0.1:8000/exports/Leads_11212026.csv?token=")
    assert link.expires_at == clock() + app.export_link_lifetime
    assert link.row_count == 1


async def test_the_file_is_named_by_the_day_in_utc(app: AppContext, world: World, clock: Clock) -> None:
    clock.at = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert (await export_leads(app, world.rep, LeadQuery())).filename == "Leads_12312026.csv"


async def test_the_event_log_continues_at_the_links_position(app: AppContext, world: World) -> None:
    before = await enter_lead(app, world.rep)
    await wait_for_event_log(app)
    link = await export_leads(app, world.rep, LeadQuery())
    after = await enter_lead(app, world.rep)
    await wait_for_event_log(app)
    told = [one.event.lead_id for one in await event_log.read(app.database.reading, link.position, 10)]
    assert after in told
    assert before not in told


@pytest.mark.parametrize(
    "query",
    [
        LeadQuery(),
        LeadQuery("Ж%_\"'", Filter(tab=LeadTab.MARKETPLACE), (LeadSort(LeadSortField.COMPANY, True), LeadSort(LeadSortField.STATUS))),
        LeadQuery(
            filter=Filter(
                ids=(),
                company=TextFilter(TextMatch.STARTS_WITH, "Öko"),
                created_at=Interval(datetime(2026, 1, 1, tzinfo=UTC), None),
                any_of=(Filter(stage=(LeadStage.RECEIVED,)), Filter(urgency=(ContactUrgency.HOT,), is_mine=False)),
                negated=Filter(negated=Filter(is_test=True)),
            )
        ),
    ],
)
async def test_a_link_opens_with_its_query(app: AppContext, world: World, query: LeadQuery) -> None:
    assert await open_export_link(app, *await token_of(app, world, query)) == (world.rep, query)


async def test_a_link_is_valid_until_its_expiry(app: AppContext, world: World, clock: Clock) -> None:
    link = await token_of(app, world)
    clock.at += app.export_link_lifetime - timedelta(milliseconds=1)
    await open_export_link(app, *link)
    clock.advance(milliseconds=1)
    with pytest.raises(Forbidden, match="no longer good"):
        await open_export_link(app, *link)


async def test_an_altered_or_truncated_link_is_refused(app: AppContext, world: World) -> None:
    filename, token = await token_of(app, world)
    changed = [token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :] for place in range(len(token))]
    for wrong in [*changed, token[:-1], token + "A", token[1:], "", "é", " " + token, token + "="]:
        with pytest.raises(Forbidden, match="not whole"):
            await open_export_link(app, filename, wrong)


async def test_a_link_is_valid_for_one_filename(app: AppContext, world: World) -> None:
    _, token = await token_of(app, world)
    with pytest.raises(Forbidden, match="another name"):
        await open_export_link(app, "Leads_01012026.csv", token)


async def test_a_token_sealed_for_another_purpose_is_refused(app: AppContext, world: World) -> None:
    filename, _ = await token_of(app, world)
    cursor = app.cursors.encode(await event_log.horizon(app.database.reading))
    with pytest.raises(Forbidden, match="not whole"):
        await open_export_link(app, filename, cursor)


async def test_a_ticket_of_another_version_is_refused(app: AppContext, world: World) -> None:
    filename, _ = await token_of(app, world)
    token = app.cursor_codec.encode(PURPOSE, zlib.compress(to_json({"member_id": world.rep.member_id, "query": {"search": "x"}}).encode()))
    with pytest.raises(Forbidden, match="not whole"):
        await open_export_link(app, filename, token)


async def test_a_link_of_the_previous_release_is_opened(app: AppContext, clock: Clock) -> None:
    clock.advance(days=15)
    admin = viewer_named("admin")
    await app.database.writing.execute(
        "INSERT INTO member (id, name, name_key, email, email_key, roles, is_active, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        admin.member_id, "Ada", "ada", "ada@vendor.example", "ada@vendor.example", sorted(admin.roles), True, app.now(),
    )  # fmt: skip
    viewer, query = await open_export_link(app, PREVIOUS_RELEASE["filename"], PREVIOUS_RELEASE["token"])
    assert viewer.member_id == admin.member_id
    assert query == LeadQuery("conto", Filter(country=("FR",), negated=Filter(is_test=True)), ())


async def test_criteria_that_a_link_lacks_are_not_set_and_unknown_ones_are_ignored(app: AppContext, world: World) -> None:
    filename, token = await token_of(app, world, LeadQuery("x", Filter(country=("FR",), any_of=(Filter(is_test=True),))))
    ticket = json.loads(zlib.decompress(app.cursor_codec.decode(PURPOSE, token)))
    del ticket["filter"]["stage"], ticket["filter"]["any_of"][0]["source"]
    ticket["filter"]["website"] = ticket["filter"]["any_of"][0]["website"] = ticket["columns"] = ["a"]
    changed = app.cursor_codec.encode(PURPOSE, zlib.compress(json.dumps(ticket).encode()))
    _, query = await open_export_link(app, filename, changed)
    assert query == LeadQuery("x", Filter(country=("FR",), any_of=(Filter(is_test=True),)))


@pytest.mark.parametrize("table", ["member", "partner"])
async def test_a_link_of_an_inactive_member_is_refused(app: AppContext, world: World, table: str) -> None:
    link = await token_of(app, world)
    who = world.rep.member_id if table == "member" else world.acme
    await app.database.writing.execute(f"UPDATE {table} SET is_active = FALSE WHERE id = ?", who)
    with pytest.raises(Forbidden, match="not active"):
        await open_export_link(app, *link)
