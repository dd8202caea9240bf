"""Compare form posts per second with a bare Starlette endpoint that reads the form and inserts one row.

The bare endpoint knows no keys, limits, rules, history or events, and finds no repetitions. Run as a module, this is its server.
"""

import asyncio
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, closing
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gql_leads.domain.viewer import MemberRole
from gql_leads.services.intake.keys import NewIntakeKey, create_intake_key
from tests.benchmarks import http_load
from tests.benchmarks.processes import handwritten_server, service
from tests.benchmarks.table import Comparison
from tests.fixtures import make_member, open_app_context

SECONDS: Final = 5.0
COLUMNS: Final = ("first_name", "last_name", "email", "company", "message", "received_at")
CREATE: Final = f"CREATE TABLE bare_post ({', '.join(f'{name} text' for name in COLUMNS)})"
INSERT: Final = f"INSERT INTO bare_post ({', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $5, $6)"
Insert = Callable[..., Awaitable[Any]]


def measure(url: str, folder: Path, rounds: int) -> Iterator[Comparison]:
    """Yield one comparison: medians of alternating rounds. Each post has another body, so that each is a lead."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:  # Tortoise keeps the dialect of the first database of a process
        key = process.submit(_make_key, url).result()
    numbers = count()
    with service(url, folder, intake_rate_limit="1000000000") as server, handwritten_server("intake.forms", url) as bare:
        rates = [(_rate(server.port, f"/intake/{key}", numbers), _rate(bare.port, "/intake/bare", numbers)) for _ in range(rounds)]
    ours, theirs = (median(column) for column in zip(*rates, strict=True))
    yield Comparison(
        f"Form posts, {http_load.CONNECTIONS} at once", "per second; baseline Starlette and one INSERT", f"{ours:,.0f}", f"{theirs:,.0f}",
        ours / theirs,
    )  # fmt: skip


def _rate(port: int, path: str, numbers: Iterator[int]) -> float:
    result = http_load.run(port, (_post(path, number) for number in numbers), SECONDS)
    return result.requests / result.seconds


def _post(path: str, number: int) -> bytes:
    fields = {
        "first_name": "Ada", "last_name": f"Byron {number}", "email": f"ada.{number}@engine.example", "company": "Engine Works",
        "message": "We would like to see a demonstration for 40 users, with prices.",
    }  # fmt: skip
    body = urlencode(fields).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _make_key(url: str) -> str:
    return asyncio.run(_add_key(url))


async def _add_key(url: str) -> str:
    async with open_app_context(url) as app:
        admin = await make_member(app, None, MemberRole.ADMINISTRATOR, name="Makes the key")
        made = await create_intake_key(app, admin, NewIntakeKey(name="Benchmark"))
        assert made.secret is not None
        return made.secret


def _sqlite(path: str) -> Insert:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")

    async def insert(*values: str) -> None:
        connection.execute(INSERT, {str(at): value for at, value in enumerate(values, 1)})

    return insert


def create_app(url: str) -> Starlette:
    """Return the application; `url` names the database, which has the table `bare_post` afterwards."""
    insert: Insert

    async def receive(request: Request) -> Response:
        fields = dict(parse_qsl((await request.body()).decode()))
        await insert(*(fields[name] for name in COLUMNS[:-1]), f"{time.time()}")
        return JSONResponse({"status": "received"}, 201)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        nonlocal insert
        if url.startswith("sqlite://"):
            path = url.removeprefix("sqlite://")
            with closing(sqlite3.connect(path)) as connection:
                connection.execute(CREATE)
            insert = _sqlite(path)
            yield
        else:
            async with asyncpg.create_pool(url, min_size=1, max_size=10) as pool:
                await pool.execute(CREATE)
                insert = partial(pool.execute, INSERT)
                yield

    return Starlette(routes=[Route("/intake/bare", receive, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(create_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_config=None, access_log=False)
