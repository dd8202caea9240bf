"""Compiled selections on the types of the real schema give the results of graphql-core."""

import gc
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest
import strawberry
from graphql import DocumentNode, parse, validate
from hypothesis import given, settings
from strawberry.schema.config import StrawberryConfig

from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.errors import USER_ERRORS, UserError
from gql_leads.api.resolving.relay_connections import Connection, Edge, PageInfo
from gql_leads.api.schema import schema
from gql_leads.api.types.leads.lead import Lead, LeadConnection
from gql_leads.api.types.leads.lead_events import LeadAlert, LeadChange
from gql_leads.api.types.leads.timeline import TimelineConnection
from gql_leads.api.types.node import Node
from gql_leads.api.types.notes import Note
from gql_leads.api.types.organization import BusinessProfile, Listing, Member, Partner
from gql_leads.api.types.queues import LeadQueue
from gql_leads.api.values.scalars import SCALARS
from gql_leads.graphql_server.execution import compiled
from tests.graphql_server.differential import assert_never_different, documents, ignores_dropped_coroutines
from tests.graphql_server.execution.test_compiled import RecordingExecutor, same


@strawberry.type
class Query:
    """Every root answers with what a test made: what is below are the real types, fields and resolvers."""

    @strawberry.field
    async def leads(self, info: strawberry.Info) -> LeadConnection:
        return info.context.root(info)  # type: ignore[no-any-return]

    @strawberry.field
    def lead(self, info: strawberry.Info) -> Lead | None:
        return info.context.root(info)  # type: ignore[no-any-return]

    @strawberry.field
    async def timeline(self, info: strawberry.Info) -> TimelineConnection | None:
        return info.context.root(info)  # type: ignore[no-any-return]

    @strawberry.field
    def notes(self, info: strawberry.Info) -> Connection[Note] | None:
        return info.context.root(info)  # type: ignore[no-any-return]

    @strawberry.field
    async def nodes(self, info: strawberry.Info) -> list[Node | None]:
        return info.context.root(info)  # type: ignore[no-any-return]

    @strawberry.field
    def errors(self, info: strawberry.Info) -> list[UserError]:
        return info.context.root(info)  # type: ignore[no-any-return]

    @strawberry.field
    async def alert(self, info: strawberry.Info) -> LeadAlert | None:
        return info.context.root(info)  # type: ignore[no-any-return]

    @strawberry.field
    def change(self, info: strawberry.Info) -> LeadChange | None:
        return info.context.root(info)  # type: ignore[no-any-return]


CONFIG: Final = StrawberryConfig(scalar_map=SCALARS)
TYPES: Final = [*USER_ERRORS, BusinessProfile, LeadQueue, Listing, Member, Partner]
SCHEMA: Final = strawberry.Schema(Query, types=TYPES, config=CONFIG)
ODDS: Final[dict[str, Any]] = {
    "DateTime": [0, 1_795_253_400_123, -1],
    "Date": ["2026-11-21"],
    "Decimal": ["12500.00", Decimal("1.50")],
    "CountryCode": ["FR"],
    "CurrencyCode": ["EUR"],
    "EmailAddress": ["ann@example.com"],
    "PhoneNumber": ["+33123456789"],
    "URL": ["https://example.com"],
    "EventCursor": ["cursor"],
    "private": {
        "member_id": None, "partner_id": None, "note_id": None, "activity_id": None, "told": (), "uuid": UUID(int=7),
        "author_id": UUID(int=8), "owner_id": UUID(int=9),
    },
}  # fmt: skip


def make_lead(**facts: Any) -> Lead:
    """A lead as a list makes it: with what was selected and nothing else."""
    given_: dict[str, Any] = {"id": "TGVhZDo3", "reference": "L-7K3QX2", "version": 1, "status": "NEW", "partner": None, **facts}
    return construct(Lead, **given_)


def test_example_types_match_the_real_schema() -> None:
    real = schema._schema.type_map
    objects = {name for name, one in SCHEMA._schema.type_map.items() if one.extensions and name != "Query"}
    assert {"Lead", "LeadConnection", "Deal", "TeamMember", "NoteConnection", "TimelineEntry", "Facet", "Partner"} <= objects
    for name in objects:
        assert real[name].to_kwargs().get("description") == SCHEMA._schema.type_map[name].to_kwargs().get("description")


@pytest.mark.slow
@settings(max_examples=60)
@given(documents(SCHEMA._schema))
def test_generated_documents_are_valid(text: str) -> None:
    assert validate(SCHEMA._schema, parse(text)) == []


@pytest.mark.slow
@ignores_dropped_coroutines
def test_compiled_execution_equals_graphql_core() -> None:
    assert_never_different(SCHEMA, ODDS)


def test_page_of_leads_is_fully_compiled() -> None:
    rows = [make_lead(partner=construct(Partner, name="Acme")) for _ in range(50)]
    page = construct(
        LeadConnection,
        nodes=rows,
        edges=[construct(Edge, cursor="c", node=row) for row in rows],
        page_info=PageInfo(has_next_page=False, has_previous_page=False, start_cursor=None, end_cursor=None),
    )
    text = (
        "{ leads { nodes { id reference status partner { name __typename } } edges { cursor node { version } } pageInfo { hasNextPage } } }"
    )
    assert len(same(text, SCHEMA, leads=page)["data"]["leads"]["nodes"]) == 50
    assert RecordingExecutor.visited == ["Query.leads"]


def test_only_timelines_of_leads_are_not_compiled() -> None:
    page = construct(LeadConnection, nodes=[make_lead(uuid=UUID(int=7)) for _ in range(2)])
    told = same("{ leads { nodes { id timeline(first: 3) { nodes { kind } } version } } }", SCHEMA, leads=page)
    assert told["errors"]  # there is no database here
    assert RecordingExecutor.visited == ["Query.leads", "LeadConnection.nodes", "Lead.timeline", "Lead.timeline"]


def test_boolean_variables_are_distinguished_by_name() -> None:
    document = parse("query ($a: Boolean!, $b: Boolean!) { lead { id reference @skip(if: $a) version @skip(if: $b) } }")
    for a, b in ((True, False), (False, True), (True, True), (False, False), (True, False)):
        told = same(document, SCHEMA, {"a": a, "b": b}, lead=make_lead())["data"]["lead"]
        assert list(told) == ["id", *(["reference"] if not a else []), *(["version"] if not b else [])]
        assert RecordingExecutor.visited == ["Query.lead"]


def test_document_is_compiled_per_schema() -> None:
    german = {**SCALARS, **{key: replace(one, serialize=lambda _: "Zeit") for key, one in SCALARS.items() if one.name == "DateTime"}}
    other = strawberry.Schema(Query, types=TYPES, config=StrawberryConfig(scalar_map=german))
    document = parse("{ lead { createdAt } }")
    for _ in range(2):
        assert same(document, SCHEMA, lead=make_lead(created_at=0))["data"] == {"lead": {"createdAt": "1970-01-01T00:00:00.000Z"}}
        assert same(document, other, lead=make_lead(created_at=0))["data"] == {"lead": {"createdAt": "Zeit"}}


def test_operation_with_other_fragments_is_compiled_again() -> None:
    one = parse("{ lead { ...F } } fragment F on Lead { id }")
    other = DocumentNode(definitions=(one.definitions[0], parse("fragment F on Lead { version }").definitions[0]))
    for _ in range(2):
        assert same(one, SCHEMA, lead=make_lead())["data"] == {"lead": {"id": "TGVhZDo3"}}
        assert same(other, SCHEMA, lead=make_lead())["data"] == {"lead": {"version": 1}}


def test_compiled_fields_per_operation_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MAX_COMPILED_FIELDS", 3)
    same("{ a: lead { id version } b: lead { id version } }", SCHEMA, a=make_lead(), b=make_lead())
    assert RecordingExecutor.visited == ["Query.lead", "Query.lead", "Lead.id", "Lead.version"]


def test_boolean_variables_do_not_fill_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MAX_COMPILED_FIELDS", 3)
    document = parse(
        "query ($a: Boolean!, $b: Boolean!, $c: Boolean!) { lead { id @skip(if: $a) version @skip(if: $b) status @skip(if: $c) } }"
    )
    for number in range(8):
        same(document, SCHEMA, {name: bool(number >> place & 1) for place, name in enumerate("abc")}, lead=make_lead())
    plans = compiled.compiled_operation_of(document.definitions[0], {}, SCHEMA._schema)  # type: ignore[arg-type]
    assert 1 <= len(plans.made) <= 3


def test_compiled_selections_are_freed_with_their_document() -> None:
    gc.collect()
    before = len(compiled._kept)
    for number in range(50):
        assert same(f"{{ lead {{ a{number}: version }} }}", SCHEMA, lead=make_lead())["data"]["lead"] == {f"a{number}": 1}
    gc.collect()
    assert len(compiled._kept) <= before + 1  # the latest may still be somebody's
