"""The work that a hostile document causes, counted in function calls, and its effect on other requests."""

import asyncio
import sys
import threading
from types import FrameType
from typing import Any

import pytest

from gql_leads.graphql_server.documents.cache import LONG_SOURCE, Document, Documents
from gql_leads.graphql_server.documents.limits import Limits
from gql_leads.graphql_server.execution.compiled import CompiledExecutor
from gql_leads.graphql_server.policy import Introspection, Policy
from tests.graphql_server.client import code_of, post
from tests.graphql_server.shop_schema import schema, shop

MOST_CALLS = 800_000
"""Function calls, about 0.1 s. Without limits, doubling fragments would take forever."""
ON_PRODUCT = "{ products { nodes { %s } } } "
TIMEOUT = 10.0
HOSTILE = {
    "one field, again and again": ON_PRODUCT % ("id " * 1_950),
    "one object, again and again": ON_PRODUCT % ("twin { id } " * 480),
    "many fragments in one selection": ON_PRODUCT % " ".join(f"...F{n}" for n in range(150))
    + " ".join(f"fragment F{n} on Product {{ id name }}" for n in range(150)),
    "fragments that double": ON_PRODUCT % "...F0" + " ".join(f"fragment F{n} on Product {{ ...F{n + 1} ...F{n + 1} }}" for n in range(150)),
    "nested objects that repeat": ON_PRODUCT % ("twin { twin { twin { id id } id } id } " * 130),
    "unknown fields": "{ " + " ".join(f"x{n}" for n in range(1_950)) + " }",
    "unused variables": "query(" + " ".join(f"$v{n}: Int" for n in range(480)) + ") { hello }",
    "deep brackets": "{ odd(value: " + "[" * 900 + "]" * 900 + ") }",
    "a long string": '{ odd(value: "' + "\\u0041" * 16_000 + '") }',
    "nothing but commas": "{" + "," * 99_000 + "hello }",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_document_causes_bounded_work(source: str) -> None:
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    assert len(source) <= 100_000
    documents = Documents(schema._schema, Limits())
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        documents.of(source)
    finally:
        sys.setprofile(before)
    assert calls < MOST_CALLS


class BlockedDocuments(Documents):
    """A document cache that waits for an event before it prepares a document."""

    released = threading.Event()

    def _prepare(self, source: str) -> Document:
        assert self.released.wait(60), "the loop goes on meanwhile"
        return super()._prepare(source)


async def test_others_are_served_while_a_long_document_is_prepared() -> None:
    documents = BlockedDocuments(schema._schema, Limits())
    source = "{ hello }" + " " * LONG_SOURCE
    asking = [asyncio.create_task(documents.prepare(source)) for _ in range(3)]
    await asyncio.sleep(0.01)
    documents.released.set()
    await asyncio.gather(*asking)
    kept = documents._cache[source]
    assert documents.of(source) is kept
    assert kept.errors == ()


async def test_others_are_served_during_an_introspection_query(monkeypatch: pytest.MonkeyPatch) -> None:
    in_thread = []

    def execute(self: CompiledExecutor) -> Any:
        in_thread.append(threading.current_thread() is not threading.main_thread())
        return plainly(self)

    plainly = CompiledExecutor.execute_operation
    monkeypatch.setattr(CompiledExecutor, "execute_operation", execute)
    app = shop()
    for document in (
        "{ __typename s: __schema { queryType { name } } ...F } fragment F on Query { __typename }",
        "{ __typename }",
        "{ hello }",
    ):
        assert "errors" not in (await post(app, document)).json()
    assert in_thread == [True, False, False]


async def test_introspection_query_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    result = threading.Event()

    def execute(self: CompiledExecutor) -> Any:
        result.wait(TIMEOUT)
        return plainly(self)

    plainly = CompiledExecutor.execute_operation
    monkeypatch.setattr(CompiledExecutor, "execute_operation", execute)
    app = shop(policy=Policy(introspection=Introspection.EVERYONE, deadline=0.05))
    try:
        response = await post(app, "{ __schema { queryType { name } } }")
    finally:
        result.set()
    assert (response.status_code, code_of(response)) == (503, "SERVICE_UNAVAILABLE")
