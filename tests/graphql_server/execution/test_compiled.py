"""Compiled selections return what graphql-core alone returns, byte for byte, and are really compiled."""

import asyncio
from collections.abc import MutableMapping
from enum import Enum, IntEnum, StrEnum
from functools import partial
from typing import Annotated, Any, ClassVar, Final, Generic, TypeVar

import orjson
import pytest
import strawberry
from graphql import (
    DocumentNode,
    parse,
    validate,
)
from graphql.execution.executor import CollectedErrors
from hypothesis import given, settings
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gql_leads.graphql_server.execution.compiled import CompiledExecutor
from tests.graphql_server import shop_schema
from tests.graphql_server.differential import answered, assert_never_different, documents, ignores_dropped_coroutines


@strawberry.enum
class Colour(StrEnum):
    RED = "RED"
    GREEN = "green"


@strawberry.enum
class Size(IntEnum):
    SMALL = 1
    LARGE = 2


@strawberry.enum
class Mood(Enum):
    GOOD = "good"
    BAD = "bad"


class Guarded(strawberry.BasePermission):
    message = "not for you"

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return False


T = TypeVar("T")


@strawberry.type
class Box(Generic[T]):
    item: T
    items: list[T | None]


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Maker(Named):
    country: str | None
    secret: str | None = strawberry.field(permission_classes=[Guarded])


@strawberry.type
class Thing(Named):
    id: strawberry.ID
    count: int
    rating: float | None
    is_new: bool
    colour: Colour
    size: Size | None
    moods: list[Mood]
    grid: list[list[int | None] | None]
    anything: strawberry.scalars.JSON
    maker: Maker | None
    parts: list["Thing"]
    boxes: list[Box[Maker]]
    either: Annotated[Maker | Box[Maker], strawberry.union("Either")] | None

    @strawberry.field
    async def owner(self) -> Maker | None:
        await asyncio.sleep(0)
        return self.maker

    @strawberry.field
    def label(self, info: strawberry.Info, upper: bool = False) -> str:
        return f"{info.path.key}: {self.name.upper()}"


@strawberry.type
class Query:
    @strawberry.field
    def thing(self, info: strawberry.Info) -> Thing | None:
        return info.context.root(info)  # type: ignore[no-any-return]

    @strawberry.field
    async def things(self, info: strawberry.Info) -> list[Thing]:
        return info.context.root(info)  # type: ignore[no-any-return]

    @strawberry.field
    def named(self, info: strawberry.Info) -> list[Named | None]:
        return info.context.root(info)  # type: ignore[no-any-return]

    @strawberry.field
    async def box(self, info: strawberry.Info) -> Box[Maker] | None:
        return info.context.root(info)  # type: ignore[no-any-return]


SCHEMA: Final = strawberry.Schema(Query)
ODDS: Final = {"JSON": [{"a": [1]}, 5, "x"]}


class RecordingExecutor(CompiledExecutor):
    """Record the fields that graphql-core executed since `same` started."""

    visited: ClassVar[list[str]] = []

    def execute_field(self, parent_type: Any, source: Any, field_details_list: Any, path: Any, position_context: Any) -> Any:
        self.visited.append(f"{parent_type.name}.{field_details_list[0].node.name.value}")
        return super().execute_field(parent_type, source, field_details_list, path, position_context)


class RootValues:
    """A root object with the values of the test."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def root(self, info: Any) -> Any:
        return self._answers[info._raw_info.path.key]


def same(document: DocumentNode | str, schema: strawberry.Schema = SCHEMA, flags: dict[str, Any] | None = None, **answers: Any) -> Any:
    """Return the response; assert that it equals that of graphql-core."""
    document = parse(document) if isinstance(document, str) else document
    RecordingExecutor.visited.clear()
    result = answered(RecordingExecutor, schema, document, RootValues(**answers), flags or {})
    assert result == answered(StrawberryGraphQLCoreExecutionContext, schema, document, RootValues(**answers), flags or {})
    return orjson.loads(result)


LUX: Final = Maker(name="Lux", country="FR", secret=None)


def a_thing(**facts: Any) -> Thing:
    plain: dict[str, Any] = {"name": "lamp", "id": "7", "count": 3, "rating": 0.5, "is_new": True, "colour": "green", "size": Size.LARGE}
    more: dict[str, Any] = {"moods": [Mood.BAD, "good"], "grid": [[1, None], None], "anything": {}, "maker": LUX, "parts": [], "boxes": []}
    return Thing(**{**plain, **more, "either": None, **facts})


@pytest.mark.slow
@settings(max_examples=60)
@given(documents(SCHEMA._schema))
def test_generated_documents_are_valid(text: str) -> None:
    assert validate(SCHEMA._schema, parse(text)) == []


@pytest.mark.slow
@ignores_dropped_coroutines
def test_compiled_result_equals_that_of_graphql_core() -> None:
    assert_never_different(SCHEMA, ODDS)


LEAVES: Final = [2**31, 2**31 - 1, -(2**31) - 1, 1.0, 1.5, True, "2", "green", "GREEN", Size.SMALL, Mood.BAD, object, [None], None]


@pytest.mark.parametrize("value", LEAVES)
def test_leaf_is_serialized_as_by_graphql_core(value: Any) -> None:
    for name in ("name", "id", "count", "rating", "is_new", "colour", "size", "moods", "anything"):
        same(f"{{ thing {{ it: {name.replace('_n', 'N')} }} }}", thing=a_thing(**{name: value}))
        same("{ thing { moods grid } }", thing=a_thing(moods=[value], grid=[[value]]))


def test_attribute_fields_are_not_executed_one_by_one() -> None:
    text = "{ things { __typename id shade: colour size moods grid count isNew maker { name } parts { name } boxes { item { name } } } }"
    response = same(text, things=[a_thing(parts=[a_thing()], boxes=[Box(item=LUX, items=[])]) for _ in range(3)])
    assert response["data"]["things"][2]["shade"] == "GREEN"
    assert response["data"]["things"][2]["moods"] == ["BAD", "GOOD"]
    assert RecordingExecutor.visited == ["Query.things"]


def test_only_resolver_fields_of_an_object_are_executed() -> None:
    response = same("{ thing { name owner { name } count label maker { name } } }", thing=a_thing())
    assert list(response["data"]["thing"]) == ["name", "owner", "count", "label", "maker"]
    assert RecordingExecutor.visited == ["Query.thing", "Thing.owner", "Thing.label"]


def test_the_type_of_an_interface_is_resolved_and_then_compiled() -> None:
    same("{ named { name ... on Thing { count } ... on Maker { country } } }", named=[a_thing(), LUX])
    assert RecordingExecutor.visited == ["Query.named"]


def test_field_with_a_permission_is_not_compiled() -> None:
    response = same("{ thing { maker { name secret } } }", thing=a_thing(maker=Maker(name="Lux", country=None, secret="hidden")))
    assert response["errors"][0]["message"] == "not for you"
    assert RecordingExecutor.visited == ["Query.thing", "Thing.maker", "Maker.secret"]


def test_property_takes_precedence_over_the_instance_dict(monkeypatch: pytest.MonkeyPatch) -> None:
    thing = a_thing()
    monkeypatch.setattr(Thing, "count", property(lambda _self: 1 // 0, lambda _self, _value: None), raising=False)
    assert same("{ thing { id count } }", thing=thing)["errors"][0]["message"] == "integer division or modulo by zero"
    assert RecordingExecutor.visited == ["Query.thing", "Thing.count"]


def test_only_the_invalid_object_falls_back_to_graphql_core() -> None:
    response = same("{ things { parts { count } } }", things=[a_thing(), a_thing(parts=[a_thing(), a_thing(count=None)]), a_thing()])
    assert response["errors"][0]["path"] == ["things", 1, "parts", 1, "count"]
    assert RecordingExecutor.visited == ["Query.things", "Thing.parts", "Thing.count"]


def test_per_event_executors_share_no_selection_cache() -> None:
    stream = CompiledExecutor.build(shop_schema.schema._schema, parse("subscription { count(to: 2) }"))
    assert isinstance(stream, CompiledExecutor)
    first, second = stream.build_per_event_executor(1), stream.build_per_event_executor(2)
    memories = [stream._relevant_sub_fields, first._relevant_sub_fields, second._relevant_sub_fields]
    assert len({id(memory) for memory in memories}) == 3


def test_executor_template_holds_no_request_state_and_shares_nothing_mutable() -> None:
    document, mine, theirs = parse("query($name: String!) { hello(name: $name) }"), object(), object()
    first = CompiledExecutor.build(shop_schema.schema._schema, document, context_value=mine, raw_variable_values={"name": "Ada"})
    assert isinstance(first, CompiledExecutor)
    without_request = first.without_request()
    second = without_request.for_request(theirs, {"name": "Bob"}, {"of": "mine"})
    assert isinstance(second, CompiledExecutor)
    assert (second.context_value, second.variable_values.coerced, second.operation_extensions) == (theirs, {"name": "Bob"}, {"of": "mine"})
    assert (without_request.context_value, without_request.variable_values, without_request.operation_extensions) == (None, ({}, {}), None)
    for one, other in ((first, without_request), (without_request, second)):
        assert vars(one).keys() == vars(other).keys()
        shared = {name: value for name, value in vars(one).items() if vars(other)[name] is value}
        changing = {name for name, value in shared.items() if isinstance(value, dict | list | set | MutableMapping | CollectedErrors)}
        assert changing == {"fragment_definitions", "fragments"}, "those of the document, which nothing changes"
        assert all(getattr(helper, "__self__", None) is other for helper in other.async_helpers)


def test_executor_template_refuses_wrong_variables_as_a_new_executor_does() -> None:
    document = parse("query($first: Int, $names: [String!]) { products(first: $first) { __typename } hello @skip(if: true) }")
    build = partial(CompiledExecutor.build, shop_schema.schema._schema, document, hide_suggestions=True)
    good = build(raw_variable_values={"first": 1})
    assert isinstance(good, CompiledExecutor)
    for given_wrongly in ({"first": "one"}, {"names": [1] * 60}, {"first": 2**40, "names": [None]}):
        built, for_request = build(raw_variable_values=dict(given_wrongly)), good.without_request().for_request(None, given_wrongly, None)
        assert isinstance(built, list)
        assert isinstance(for_request, list)
        assert [error.formatted for error in for_request] == [error.formatted for error in built]
