"""The floor: what somebody would write by hand for just these four questions. Starlette, one SQL each, the driver itself, orjson.

It knows no tokens, no limits and no GraphQL. The SQLite driver is called without a thread: nothing could be faster.
"""

import sqlite3
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gql_leads.store.database.engines.sqlite import MAPPED
from tests.benchmarks.queries import STATUSES, TYPES

COLUMNS: Final = """l.id, l.reference, l.version, l.type, l.source, l.call_to_action, l.status, l.stage, l.outcome, l.company, l.city,
    l.country, l.quality, l.expires_at, l.created_at, l.updated_at, l.contact_requested_at, l.partner_id, l.erased_at,
    l.first_name, l.last_name, l.email,
    li.id AS li_id, li.name AS li_name, li.kind AS li_kind, p.id AS p_id, p.name AS p_name, p.country AS p_country"""
SEPARATOR: Final = "LEFT JOIN listing li ON li.id = l.listing_id LEFT JOIN partner p ON p.id = l.partner_id"
ASKED: Final = f"l.deleted_at IS NULL AND l.status IN {STATUSES} AND l.type IN {TYPES}"
FOUND: Final = (
    " AND (l.search_open LIKE $2 OR (l.search_person LIKE $2 AND l.erased_at IS NULL"
    " AND COALESCE(l.outcome, '') <> 'EXPIRED' AND l.partner_id IS NOT NULL))"
)
NEWEST: Final = "ORDER BY l.created_at DESC, l.id DESC LIMIT 50"
OF_QUEUES: Final = (
    "l.queue_id IN (SELECT q.id FROM lead_queue q WHERE NOT EXISTS (SELECT 1 FROM queue_partner qp WHERE qp.queue_id = q.id))"
)
GENERAL: Final = "l.queue_id = (SELECT id FROM lead_queue WHERE is_general)"
LEAD: Final = f"SELECT {COLUMNS} FROM lead l {SEPARATOR} WHERE l.id = $1 AND l.deleted_at IS NULL AND (l.partner_id = $2 OR {OF_QUEUES})"
NOTES: Final = """SELECT n.id, n.body, n.created_at, m.id AS m_id, m.name AS m_name FROM note n JOIN member m ON m.id = n.author_id
    WHERE n.lead_id = $1 AND n.partner_id = $2 ORDER BY n.created_at DESC, n.id DESC LIMIT 10"""
COUNTS: Final = f"""SELECT status, CAST(sum(total) AS INTEGER) AS total FROM (
    SELECT status, count(*) AS total FROM lead l WHERE l.partner_id = $1 AND l.deleted_at IS NULL GROUP BY status UNION ALL
    SELECT status, count(*) AS total FROM lead l WHERE {GENERAL} AND l.deleted_at IS NULL GROUP BY status) AS counted
    GROUP BY status ORDER BY total DESC, status"""
HOT_FOR: Final = 72 * 3_600_000

Fetch = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]


def _listing(searched: str) -> str:
    own, waiting = (
        f"SELECT * FROM (SELECT l.id FROM lead l WHERE {locked} AND {ASKED}{searched} {NEWEST}) {name}"
        for name, locked in (("own", "l.partner_id = $1"), ("waiting", GENERAL))
    )
    return f"SELECT {COLUMNS} FROM ({own} UNION ALL {waiting}) f JOIN lead l ON l.id = f.id {SEPARATOR} {NEWEST}"


LIST: Final = _listing("")
SEARCHED: Final = _listing(FOUND)


async def answer(fetch: Fetch, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The data that the service would answer."""
    partner = asked["partner"]
    match asked["name"]:
        case "q1":
            return {"leads": {"nodes": [_lead(row) for row in await fetch(LIST, partner)]}}
        case "q2":
            rows = await fetch(SEARCHED, partner, f"%{asked['term']}%")
            return {"leads": {"nodes": [_lead(row) for row in rows]}}
        case "q3":
            (row,) = await fetch(LEAD, asked["lead"], partner)
            notes = await fetch(NOTES, asked["lead"], partner)
            return {"lead": {**_lead(row), "notes": {"nodes": [_note(one) for one in notes]}}}
        case _:
            rows = await fetch(COUNTS, partner)
            values = [{"value": row["status"], "count": row["total"]} for row in rows]
            return {"leads": {"totalCount": sum(one["count"] for one in values), "facets": [{"values": values}]}}


def _lead(row: Mapping[str, Any]) -> dict[str, Any]:
    hidden = row["partner_id"] is None or row["outcome"] == "EXPIRED" or row["erased_at"] is not None
    asked_at = row["contact_requested_at"]
    now = datetime.now(UTC).timestamp() * 1000
    return {
        "id": _id("Lead", row["id"]),
        "reference": row["reference"],
        "version": row["version"],
        "type": row["type"],
        "source": row["source"],
        "callToAction": row["call_to_action"],
        "status": row["status"],
        "stage": row["stage"],
        "outcome": row["outcome"],
        "company": row["company"],
        "city": row["city"],
        "country": row["country"],
        "quality": row["quality"],
        "isHot": row["stage"] == "RECEIVED" and asked_at is not None and asked_at > now - HOT_FOR,
        "expiresAt": _instant(row["expires_at"]),
        "createdAt": _instant(row["created_at"]),
        "updatedAt": _instant(row["updated_at"]),
        "contact": None if hidden else {"fullName": f"{row['first_name']} {row['last_name']}", "email": row["email"]},
        "listing": row["li_id"] and {"id": _id("Listing", row["li_id"]), "name": row["li_name"], "kind": row["li_kind"]},
        "partner": row["p_id"] and {"id": _id("Partner", row["p_id"]), "name": row["p_name"], "country": row["p_country"]},
    }


def _note(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": _id("Note", row["id"]),
        "body": row["body"],
        "createdAt": _instant(row["created_at"]),
        "author": {"id": _id("Member", row["m_id"]), "name": row["m_name"]},
    }


def _id(kind: str, uuid: object) -> str:
    return b64encode(f"{kind}:{uuid}".encode()).decode()


def _instant(millis: int | None) -> str | None:
    if millis is None:
        return None
    return datetime.fromtimestamp(millis / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sqlite(path: str) -> Fetch:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA cache_size = -32000")
    connection.execute(f"PRAGMA mmap_size = {MAPPED}")

    async def fetch(sql: str, *parameters: Any) -> Any:
        # `$1` is only a name to SQLite, so that the names are told.
        return connection.execute(sql, {str(at): value for at, value in enumerate(parameters, 1)}).fetchall()

    return fetch


def _postgres(pool: asyncpg.Pool) -> Fetch:
    async def fetch(sql: str, *parameters: Any) -> Any:
        if sql != SEARCHED:
            return await pool.fetch(sql, *parameters)
        async with pool.acquire() as connection:  # nobody can plan a search without its term
            return await (await connection.prepare(sql, name="")).fetch(*parameters)

    return fetch


def create_app(url: str) -> Starlette:
    """The whole server."""
    fetch: Fetch

    async def graphql(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        return Response(orjson.dumps({"data": await answer(fetch, asked)}), media_type="application/json")

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        nonlocal fetch
        if url.startswith("sqlite://"):
            fetch = _sqlite(url.removeprefix("sqlite://"))
            yield
        else:
            async with asyncpg.create_pool(url, min_size=1, max_size=10, server_settings={"jit": "off"}) as pool:
                fetch = _postgres(pool)
                yield

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"])], lifespan=running)


if __name__ == "__main__":
    uvicorn.run(create_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_config=None, access_log=False)
