"""Baseline server: the benchmark queries q1 to q4 written by hand with Starlette, one SQL statement each, the bare driver and orjson.

It has no tokens, no limits and no GraphQL. It calls the SQLite driver without a thread, which is the fastest possible way.
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
JOINS: Final = "LEFT JOIN listing li ON li.id = l.listing_id LEFT JOIN partner p ON p.id = l.partner_id"
CONDITIONS: Final = f"l.deleted_at IS NULL AND l.status IN {STATUSES} AND l.type IN {TYPES}"
SEARCH_CONDITION: Final = (
    " AND (l.search_open LIKE $2 OR (l.search_person LIKE $2 AND l.erased_at IS NULL"
    " AND COALESCE(l.outcome, '') <> 'EXPIRED' AND l.partner_id IS NOT NULL))"
)
NEWEST: Final = "ORDER BY l.created_at DESC, l.id DESC LIMIT 50"
IN_OPEN_QUEUE: Final = (
    "l.queue_id IN (SELECT q.id FROM lead_queue q WHERE NOT EXISTS (SELECT 1 FROM queue_partner qp WHERE qp.queue_id = q.id))"
)
IN_GENERAL_QUEUE: Final = "l.queue_id = (SELECT id FROM lead_queue WHERE is_general)"
LEAD: Final = f"SELECT {COLUMNS} FROM lead l {JOINS} WHERE l.id = $1 AND l.deleted_at IS NULL AND (l.partner_id = $2 OR {IN_OPEN_QUEUE})"
NOTES: Final = """SELECT n.id, n.body, n.created_at, m.id AS m_id, m.name AS m_name FROM note n JOIN member m ON m.id = n.author_id
    WHERE n.lead_id = $1 AND n.partner_id = $2 ORDER BY n.created_at DESC, n.id DESC LIMIT 10"""
COUNTS: Final = f"""SELECT status, CAST(sum(total) AS INTEGER) AS total FROM (
    SELECT status, count(*) AS total FROM lead l WHERE l.partner_id = $1 AND l.deleted_at IS NULL GROUP BY status UNION ALL
    SELECT status, count(*) AS total FROM lead l WHERE {IN_GENERAL_QUEUE} AND l.deleted_at IS NULL GROUP BY status) AS counted
    GROUP BY status ORDER BY total DESC, status"""
HOT_MILLISECONDS: Final = 72 * 3_600_000

Fetch = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]


def _list_statement(search_condition: str) -> str:
    own, queued = (
        f"SELECT * FROM (SELECT l.id FROM lead l WHERE {condition} AND {CONDITIONS}{search_condition} {NEWEST}) {name}"
        for name, condition in (("own", "l.partner_id = $1"), ("queued", IN_GENERAL_QUEUE))
    )
    return f"SELECT {COLUMNS} FROM ({own} UNION ALL {queued}) f JOIN lead l ON l.id = f.id {JOINS} {NEWEST}"


LIST: Final = _list_statement("")
SEARCH: Final = _list_statement(SEARCH_CONDITION)


async def execute(fetch: Fetch, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data that the service returns for the same query."""
    partner = query["partner"]
    match query["name"]:
        case "q1":
            return {"leads": {"nodes": [_lead(row) for row in await fetch(LIST, partner)]}}
        case "q2":
            rows = await fetch(SEARCH, partner, f"%{query['term']}%")
            return {"leads": {"nodes": [_lead(row) for row in rows]}}
        case "q3":
            (row,) = await fetch(LEAD, query["lead"], partner)
            notes = await fetch(NOTES, query["lead"], partner)
            return {"lead": {**_lead(row), "notes": {"nodes": [_note(one) for one in notes]}}}
        case _:
            rows = await fetch(COUNTS, partner)
            values = [{"value": row["status"], "count": row["total"]} for row in rows]
            return {"leads": {"totalCount": sum(one["count"] for one in values), "facets": [{"values": values}]}}


def _lead(row: Mapping[str, Any]) -> dict[str, Any]:
    hidden = row["partner_id"] is None or row["outcome"] == "EXPIRED" or row["erased_at"] is not None
    contact_requested_at = row["contact_requested_at"]
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
        "isHot": row["stage"] == "RECEIVED" and contact_requested_at is not None and contact_requested_at > now - HOT_MILLISECONDS,
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
        # SQLite treats `$1` as a named parameter.
        return connection.execute(sql, {str(at): value for at, value in enumerate(parameters, 1)}).fetchall()

    return fetch


def _postgres(pool: asyncpg.Pool) -> Fetch:
    async def fetch(sql: str, *parameters: Any) -> Any:
        if sql != SEARCH:
            return await pool.fetch(sql, *parameters)
        async with pool.acquire() as connection:  # the plan depends on the term, so prepare it each time
            return await (await connection.prepare(sql, name="")).fetch(*parameters)

    return fetch


def create_app(url: str) -> Starlette:
    """Return the application; `url` names the database."""
    fetch: Fetch

    async def graphql(request: Request) -> Response:
        query = orjson.loads(await request.body())
        return Response(orjson.dumps({"data": await execute(fetch, query)}), media_type="application/json")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        nonlocal fetch
        if url.startswith("sqlite://"):
            fetch = _sqlite(url.removeprefix("sqlite://"))
            yield
        else:
            async with asyncpg.create_pool(url, min_size=1, max_size=10, server_settings={"jit": "off"}) as pool:
                fetch = _postgres(pool)
                yield

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(create_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_config=None, access_log=False)
