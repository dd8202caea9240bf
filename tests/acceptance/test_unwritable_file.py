"""With a locked SQLite file or a full disk, reads continue and changes are refused completely."""

import resource
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest

from gql_leads.store.database.configuration import sqlite_path
from tests.acceptance.client import Member, http
from tests.acceptance.server import Installation, Server

LISTED = "{ leads(first: 50) { totalCount eventCursor nodes { id version status timeline(first: 20) { nodes { kind } } } } }"
CHANGED = "subscription ($after: EventCursor) { leadChanged(after: $after) { kind leadId } }"
CREATE = 'mutation { createLead(input: {contact: {lastName: "Bosu"}}) { lead { id } } }'
UPDATE = "mutation ($id: ID!) { updateLeadStatus(input: {leadId: $id, status: CONTACTED}) { lead { id } } }"


@contextmanager
def kept_by_another(installation: Installation, _: Server) -> Iterator[None]:
    """Hold a write lock on the database file."""
    with closing(sqlite3.connect(sqlite_path(installation.database_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def on_a_full_disk(_: Installation, server: Server) -> Iterator[None]:
    """Limit the size of files that the server may write."""
    before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    yield
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("trouble", [kept_by_another, on_a_full_disk])
def test_reads_continue_and_changes_are_refused(installation: Installation, server: Server, rep: Member, trouble: Any) -> None:
    lead_id = rep.do("createLead", contact={"lastName": "Bosu"})["lead"]["id"]
    before = rep.ask(LISTED)
    with rep.socket() as socket:
        socket.subscribe(CHANGED, after=before["leads"]["eventCursor"])
        with trouble(installation, server):
            assert refusal(rep, UPDATE, id=lead_id) == "SERVICE_UNAVAILABLE"
            assert refusal(rep, CREATE) == "SERVICE_UNAVAILABLE"
            assert rep.ask(LISTED) == before
        assert rep.ask(LISTED) == before
        rep.do("updateLeadStatus", leadId=lead_id, status="DELIVERED")
        assert socket.alert() == {"kind": "STATUS_CHANGED", "leadId": lead_id}


def test_changes_wait_for_the_lock_timeout_at_most(installation: Installation, server: Server, rep: Member) -> None:
    with kept_by_another(installation, server), ThreadPoolExecutor() as pool:
        began = time.monotonic()
        refusals = list(pool.map(lambda _: (refusal(rep, CREATE), time.monotonic() - began), range(4)))
    assert {code for code, _ in refusals} == {"SERVICE_UNAVAILABLE"}
    waited = [seconds for _, seconds in refusals]
    assert max(waited) < 3 * min(waited)  # Otherwise each change would wait for those before it, the last one four times as long.
    assert rep.do("createLead", contact={"lastName": "Bosu"})["lead"]


def refusal(member: Member, mutation: str, **variables: Any) -> str:
    """Return the code of a refused change, after the lock timeout."""
    body = {"query": mutation, "variables": variables}
    answer = http.post(f"{member.base}/graphql", json=body, headers=member.headers).json()
    return str(answer.get("errors", [{"extensions": {"code": "none"}}])[0]["extensions"]["code"])
