"""What clients of a restored database must get: no cursor of the lost log, and every event of the new one."""

from tests.acceptance.client import Member

CHANGED = "subscription ($after: EventCursor) { leadChanged(after: $after) { cursor kind presence leadId } }"
CHANGES = "query ($after: EventCursor) { leadChanges(after: $after) { nodes { leadId } } }"


def enter(channel: Member, leads: int = 1) -> list[str]:
    """Create leads and return their ids."""
    return [str(channel.do("createLead", contact={"lastName": "Bosu"})["lead"]["id"]) for _ in range(leads)]


def assert_old_cursors_expire(channel: Member, cursors: list[str]) -> None:
    """Assert that the cursors are refused on every transport, and go on being refused while the log grows past them."""
    begin = channel.ask("{ leads(first: 1) { eventCursor } }")["leads"]["eventCursor"]
    entered: list[str] = []
    for leads in (0, 8):
        entered += enter(channel, leads)
        for cursor in cursors:
            assert channel.refusal(CHANGES, after=cursor) == "CURSOR_EXPIRED"
            with channel.socket() as socket:
                socket.subscribe(CHANGED, after=cursor)
                message = socket.receive()
                assert message["type"] == "error"
                assert message["payload"][0]["extensions"]["code"] == "CURSOR_EXPIRED"
            with channel.events(CHANGED, after=cursor) as events:
                assert events.refusal() == "CURSOR_EXPIRED"
    last = entered[-1]
    found = channel.changes_until(lambda change: change["leadId"] == last, after=begin)
    assert [change["leadId"] for change in found] == entered
