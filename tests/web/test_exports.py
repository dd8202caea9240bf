"""The file is fetched with nothing but its link."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Send

from gql_leads import exports as exports_module
from gql_leads.demo.fill import fill
from gql_leads.domain.errors import Unavailable
from gql_leads.services.app_context import AppContext
from gql_leads.services.exports import export_leads
from gql_leads.store.leads import csv_export
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import Span
from gql_leads.web import exports
from tests.fixtures import ADMIN, Clock, make_lead, make_member

FEW = 20


@pytest.fixture
async def link(app: AppContext) -> str:
    """A link to the file of one lead, without its host."""
    admin = await make_member(app, None, ADMIN)
    await make_lead(app, reference="L-ABCDEF", last_name="Ōe")
    return (await export_leads(app, admin, LeadQuery())).url.removeprefix(app.public_url)


async def ask(app: AppContext, link: str, method: str = "GET") -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=exports.routes(lambda: app)))
    async with httpx.AsyncClient(transport=transport, base_url="http://leads.test") as client:
        return await client.request(method, link)


async def test_a_link_downloads_the_file(app: AppContext, link: str) -> None:
    answer = await ask(app, link)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="Leads_11212026.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    lines = answer.content.decode("utf-8-sig").split("\r\n")
    assert len(lines) == 3
    assert lines[1].startswith("L-ABCDEF,")
    assert "Ōe" in lines[1]


async def test_head_returns_the_same_headers_without_a_body(app: AppContext, link: str) -> None:
    whole, head = await ask(app, link), await ask(app, link, "HEAD")
    assert (head.status_code, dict(head.headers), head.content) == (200, dict(whole.headers), b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("change", ["cut", "renamed", "without token"])
async def test_an_invalid_link_is_forbidden(app: AppContext, link: str, method: str, change: str) -> None:
    wrong = {"cut": link[:-3], "renamed": link.replace("Leads_", "Beads_"), "without token": link.partition("?")[0]}[change]
    answer = await ask(app, wrong, method)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "L-ABCDEF" not in answer.text
    if method == "GET":
        assert answer.text.startswith("This link is ")


async def test_an_expired_link_is_forbidden(app: AppContext, link: str, clock: Clock) -> None:
    clock.at += app.export_link_lifetime + timedelta(seconds=1)
    answer = await ask(app, link)
    assert (answer.status_code, answer.text) == (403, "This link is no longer good. Export again.\n")


async def test_post_is_not_allowed(app: AppContext, link: str) -> None:
    assert (await ask(app, link, "POST")).status_code == 405


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Span]:
    """A file of several parts, and each part that was asked for."""
    monkeypatch.setattr(exports_module, "ROWS_AT_ONCE", {"postgres": FEW, "sqlite": FEW})
    asked: list[Span] = []
    original = csv_export.read_csv

    async def lines(reader: Any, query: Any, projection: Any, columns: Any, span: Span) -> Any:
        asked.append(span)
        return await original(reader, query, projection, columns, span)

    monkeypatch.setattr(csv_export, "read_csv", lines)
    return asked


async def serve(app: AppContext, link: str, send: Send, receive: Receive, spec: str = "2.4") -> None:
    path, _, query = link.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": spec}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": query.encode(), "headers": [],
    }  # fmt: skip
    await Starlette(routes=exports.routes(lambda: app))(scope, receive, send)


def nothing_goes_on(app: AppContext, tasks: set[asyncio.Task[Any]]) -> bool:
    return asyncio.all_tasks() == tasks and not app.database.pooled.get("used")


async def test_a_disconnect_stops_reading(app: AppContext, link: str, reads: list[Span]) -> None:
    await fill(app, FEW * 5, hostile=True)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) == 3:
            raise OSError("the client is gone")

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    tasks = asyncio.all_tasks()
    with pytest.raises(ClientDisconnect):
        await serve(app, link, send, receive)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body", "http.response.body"]
    assert len(reads) <= 3
    assert nothing_goes_on(app, tasks)


async def test_a_client_that_stops_reading_buffers_at_most_two_parts_and_holds_no_connection(
    app: AppContext, link: str, reads: list[Span]
) -> None:
    await fill(app, FEW * 5, hostile=True)
    is_stuck, is_gone = asyncio.Event(), asyncio.Event()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) == 3:
            is_stuck.set()
            await asyncio.Event().wait()

    async def receive() -> Message:
        await is_gone.wait()
        return {"type": "http.disconnect"}

    tasks = asyncio.all_tasks()
    serving = asyncio.create_task(serve(app, link, send, receive, spec="2.3"))
    await is_stuck.wait()
    async with asyncio.timeout(60):
        while len(reads) < 3 or app.database.pooled.get("used"):  # noqa: ASYNC110  (no event tells of it)
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert len(reads) == 3
    is_gone.set()
    await serving
    assert nothing_goes_on(app, tasks)


async def test_a_disconnect_during_a_read_waits_for_the_read_to_end(
    app: AppContext, link: str, reads: list[Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(app, FEW * 5, hostile=True)
    original = csv_export.read_csv
    is_read, is_gone, has_ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
    sent: list[Message] = []

    async def lines(*asked: Any) -> Any:
        if len(reads) < 2:
            return await original(*asked)
        is_read.set()
        try:
            return await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)  # a connection is given back, say
            has_ended.set()

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) == 3:
            await asyncio.Event().wait()

    async def receive() -> Message:
        await is_gone.wait()
        return {"type": "http.disconnect"}

    monkeypatch.setattr(csv_export, "read_csv", lines)
    tasks = asyncio.all_tasks()
    serving = asyncio.create_task(serve(app, link, send, receive, spec="2.3"))
    await is_read.wait()
    is_gone.set()
    await serving
    assert has_ended.is_set()
    assert nothing_goes_on(app, tasks)


async def test_head_reads_only_the_first_part(app: AppContext, link: str, reads: list[Span]) -> None:
    await fill(app, FEW * 5, hostile=True)
    tasks = asyncio.all_tasks()
    await ask(app, link, "HEAD")
    assert len(reads) == 1
    assert nothing_goes_on(app, tasks)


async def test_a_failed_read_aborts_the_response(app: AppContext, link: str, reads: list[Span], monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(app, FEW * 5, hostile=True)
    original = csv_export.read_csv

    async def lines(*asked: Any) -> Any:
        if len(reads) == 2:
            raise Unavailable()
        return await original(*asked)

    monkeypatch.setattr(csv_export, "read_csv", lines)
    tasks = asyncio.all_tasks()
    with pytest.raises(Unavailable):
        await ask(app, link)
    assert nothing_goes_on(app, tasks)
