"""A full disk is told to clients, the operator and the load balancer; reads continue, and changes succeed once there is space."""

import asyncio
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.acceptance.client import Member, http
from tests.acceptance.restored import enter
from tests.acceptance.server import Installation, Server
from tests.fixtures import open_app_context

UPDATE: Final = "mutation ($id: ID!) { updateLeadStatus(input: {leadId: $id, status: CONTACTED}) { lead { id } } }"
REPORT_NO_SPACE: Final = """CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"""
NO_SPACE: Final = (
    REPORT_NO_SPACE,
    "CREATE TRIGGER no_space BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION no_space()",
    "CREATE TRIGGER no_space BEFORE UPDATE ON log_state FOR EACH ROW EXECUTE FUNCTION no_space()",
)
TIMEOUT_SECONDS: Final = 60.0


@contextmanager
def full_disk(installation: Installation, server: Server) -> Iterator[None]:
    """Let PostgreSQL report a full disk; on SQLite, limit the size of the files that the server may write."""
    if installation.database_url.startswith("sqlite"):
        before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        yield
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)
        return
    execute(installation, *NO_SPACE)
    yield
    execute(installation, "DROP FUNCTION no_space CASCADE")


def execute(installation: Installation, *statements: str) -> None:
    async def run() -> None:
        async with open_app_context(installation.database_url) as app:
            for statement in statements:
                await app.database.writing.execute(statement)

    asyncio.run(run())


def readiness(server: Server) -> tuple[int, str]:
    answer = http.get(f"{server.base}/readyz")
    return answer.status_code, answer.text.strip()


def refused(member: Member, lead_id: str) -> str:
    """Return the message of a refused change."""
    (error,) = member.post(UPDATE, id=lead_id).json()["errors"]
    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    return str(error["message"])


def test_full_disk_is_told_and_changes_succeed_afterwards(with_organization: Installation) -> None:
    with with_organization.serving() as server:
        rep = server.member("rep@acme.example")
        (lead_id,) = enter(rep)
        assert readiness(server) == (200, "ready")
        # The server's log is on the limited disk too, so it is read afterwards.
        with full_disk(with_organization, server):
            assert all("no space left" in refused(rep, lead_id) for _ in range(4))
            assert readiness(server) == (503, "the server has no space left to save changes")
            assert rep.ask("query ($id: ID!) { lead(id: $id) { status } }", id=lead_id)["lead"]["status"] == "NEW"
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while readiness(server) != (200, "ready"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        rep.do("updateLeadStatus", leadId=lead_id, status="CONTACTED")
        if not with_organization.database_url.startswith("sqlite"):
            assert server.log.count("no space left: changes are refused") == 1
        assert "has space again" in server.log
        assert "Traceback" not in server.log
