"""An event that a server cannot decode stops no other event, and whoever would need it loads the list again."""

import asyncio
from typing import Any, Final

from tests.acceptance.client import Member, http
from tests.acceptance.restored import CHANGED, CHANGES, enter
from tests.acceptance.server import Installation, Server, uuid_of
from tests.fixtures import open_app_context

OF_ONE_LEAD: Final = "subscription ($id: ID!) { leadChanged(leadId: $id) { kind leadId } }"
COLUMNS: Final = ("epoch", "lead_id", "kind", "occurred_at", "actor_id", "actor_partner_id", "before", "after", "changed")
DAMAGED: Final = ({"kind": "TELEPORTED"}, {"after": "[1]"}, {"after": '{"stage": "ORBIT"}'})
"""A kind that this release does not know, a document of another form, and an unknown value in it."""


def damage(installation: Installation, lead_id: str) -> int:
    """Write events of the lead that cannot be decoded, and return their number."""

    async def write() -> None:
        async with open_app_context(installation.database_url) as app:
            event = await app.database.writing.fetch_one("SELECT * FROM event WHERE lead_id = ?", uuid_of(lead_id))
            assert event is not None
            xid = "pg_current_xact_id()::text::bigint" if app.database.dialect == "postgres" else "0"
            for damaged in DAMAGED:
                values = [damaged.get(column, event[column]) for column in COLUMNS]
                statement = f"INSERT INTO event (xid, {', '.join(COLUMNS)}) VALUES ({xid}, {', '.join('?' * len(COLUMNS))})"
                await app.database.writing.execute(statement, *values)

    asyncio.run(write())
    return len(DAMAGED)


def test_unreadable_events_expire_cursors_before_them_and_stop_nothing(installation: Installation, server: Server) -> None:
    channel, rep = server.member("channel@vendor.example"), server.member("rep@acme.example")
    other, broken = enter(channel, 2)
    before = channel.cursor()
    with channel.socket() as everything, channel.socket() as one_lead:
        everything.subscribe(CHANGED, after=before)
        one_lead.subscribe(OF_ONE_LEAD, id=other)
        enter(channel)
        assert everything.alert()["kind"] == "CREATED"
        expected = damage(installation, broken)
        refused = everything.receive()
        assert (refused["type"], code_of(refused)) == ("error", "CURSOR_EXPIRED")
        renewed = channel.ask("{ leads(first: 1) { eventCursor } }")["leads"]["eventCursor"]
        everything.subscribe(CHANGED, after=renewed)
        add_note(channel, other)
        assert everything.alert()["leadId"] == other
        assert one_lead.alert() == {"kind": "NOTE_ADDED", "leadId": other}
        with rep.socket() as late:
            late.subscribe(CHANGED, after=before)
            assert late.alert()["kind"] == "CREATED"
            assert code_of(late.receive()) == "CURSOR_EXPIRED"
    page = channel.ask(CHANGES.replace("nodes", "pageInfo { hasNextPage endCursor } nodes"), after=before)["leadChanges"]
    assert (len(page["nodes"]), page["pageInfo"]["hasNextPage"]) == (1, True)
    assert channel.refusal(CHANGES, after=page["pageInfo"]["endCursor"]) == "CURSOR_EXPIRED"
    assert [change["leadId"] for change in channel.changes()] == [other]
    assert [change["leadId"] for change in channel.changes(renewed)] == [other]
    assert server.log.count("cannot be decoded") == expected
    assert f"gql_leads_unreadable_events_total {expected}.0" in http.get(f"{server.base}/metrics").text
    assert server.is_ready()


def add_note(channel: Member, lead_id: str) -> None:
    channel.do("addLeadNote", selection="lead { id }", leadId=lead_id, body="Called.")


def code_of(message: dict[str, Any]) -> str:
    return str(message["payload"][0]["extensions"]["code"])
