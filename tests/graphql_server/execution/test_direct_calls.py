"""Direct resolver calls return what Strawberry's resolvers return, and are used only where these add nothing."""

import gc
import weakref
from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import Annotated, Any, Final

import orjson
import pytest
import strawberry
from graphql import parse
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.relay import GlobalID
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from gql_leads.graphql_server.execution.compiled import CompiledExecutor
from gql_leads.graphql_server.execution.direct_calls import direct_call, direct_calls_of
from tests.graphql_server.differential import answered


@strawberry.enum
class Colour(Enum):
    RED = "red"
    GREEN = "green"


@strawberry.input
class Size:
    width: int
    height: int = 7


@strawberry.input
class Box:
    size: Size
    note: str | None
    words: list[str | None] = strawberry.field(default_factory=lambda: ["a", None])
    colours: list[Colour] | None = strawberry.UNSET
    inside: "list[Box] | None" = strawberry.field(default=None, name="boxesInside")


@strawberry.input
class Vague:
    word: strawberry.Maybe[str]
    inside: list["Vague"] | None = None


@strawberry.input
class Sure:
    vague: Vague | None = None


class Guarded(strawberry.BasePermission):
    message = "not for you"

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return False


class Louder(FieldExtension):
    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        return f"{next_(source, info, **kwargs)}!"


class Twice(StrawberryField):
    def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> Any:
        return f"{super().get_result(source, info, args, kwargs)} again"


def _said(**facts: Any) -> str:
    return repr({name: (type(value).__name__, value) for name, value in facts.items()})


@strawberry.type
class Query:
    @strawberry.field
    def leaves(self, a: int, b: str | None = None, colour: Colour = Colour.RED, id: strawberry.ID | None = strawberry.UNSET) -> str:
        return _said(self=self, a=a, b=b, colour=colour, id=id)

    @strawberry.field
    async def later(self, info: strawberry.Info, someWord: str = "x") -> str:  # noqa: N803
        return _said(at=info.path.key, field=info.python_name, word=someWord)

    @strawberry.field
    def named(self, of: "str" = "y") -> str:
        return _said(of=of)

    @strawberry.field
    def mixed(self, first: int | None = None, size: Size | None = None, words: list[str | None] | None = None) -> str:
        return _said(first=first, size=size, words=words)

    @strawberry.field
    def relay(self, id: GlobalID) -> str:
        return _said(id=id)

    @strawberry.field
    def boxed(self, box: Box | None = strawberry.UNSET, boxes: list[list[Box] | None] | None = None) -> str:
        return _said(box=box, boxes=boxes)

    @strawberry.field
    def taken(self, words: list[str] = ["x", "y"], box: Box | None = None) -> str:  # noqa: B006
        return words.pop() + str((box.words if box else words).pop())

    @strawberry.field
    def vague(self, sure: Sure | None = None, again: Sure | None = None) -> str:
        return _said(sure=sure, again=again)

    @strawberry.field
    def relays(self, ids: list[GlobalID] | None = None) -> str:
        return _said(ids=ids)

    @strawberry.field
    def maybe(self, word: strawberry.Maybe[str | None] = None) -> str:
        return _said(word=word)

    @strawberry.field
    def needs(self, a: int | None, b: int | None = 3) -> str | None:
        return _said(a=a, b=b)

    @strawberry.field
    def broken(self, a: int) -> str | None:
        raise ValueError(f"broken {a}")

    @strawberry.field
    async def broken_later(self) -> str:
        raise ValueError("broken later")

    @strawberry.field
    def parent(self, root: strawberry.Parent["Query"]) -> str:
        return _said(root=root)

    @strawberry.field
    @staticmethod
    def static(a: int = 1) -> str:
        return _said(a=a)

    @strawberry.field(permission_classes=[Guarded])  # type: ignore[untyped-decorator]
    def guarded(self) -> str | None:
        return "secret"

    @strawberry.field(extensions=[Louder()])  # type: ignore[untyped-decorator]
    def loud(self) -> str:
        return "loud"

    twice: Any = Twice(base_resolver=StrawberryResolver(lambda: "twice"), type_annotation=StrawberryAnnotation(str))


SCHEMA: Final = strawberry.Schema(Query)
STRAIGHT: Final = {
    "leaves", "later", "named", "mixed", "boxed", "taken", "vague", "maybe", "relay", "relays", "static", "broken", "brokenLater",
}  # fmt: skip


def same(text: str, schema: strawberry.Schema = SCHEMA, **variables: Any) -> Any:
    """Return the response; assert that it equals that of Strawberry's resolvers."""
    document = parse(text)
    result = answered(CompiledExecutor, schema, document, None, variables)
    assert result == answered(StrawberryGraphQLCoreExecutionContext, schema, document, None, variables)
    return orjson.loads(result)


def test_fields_with_a_direct_call() -> None:
    fields = SCHEMA._schema.query_type.fields  # type: ignore[union-attr]
    assert {name for name, field in fields.items() if direct_call(field, SCHEMA._schema) is not None} == STRAIGHT


@pytest.mark.parametrize(
    "text",
    [
        "{ leaves(a: 1) }",
        '{ leaves(a: 1, b: null, colour: GREEN, id: "7") again: leaves(a: 2, b: "x", id: null) }',
        '{ later it: later(someWord: "w") named named2: named(of: "o") }',
        "{ mixed mixed1: mixed(first: 1) mixed2: mixed(first: null, size: null, words: null) }",
        "{ mixed(size: {width: 3}) mixed1: mixed(first: 4, size: {width: 1, height: 2}) }",
        '{ mixed(words: ["a", null]) mixed1: mixed(words: "a") }',
        "{ boxed boxed1: boxed(box: null, boxes: null) boxed2: boxed(box: {size: {width: 1}}, boxes: [null, {size: {width: 2}}]) }",
        '{ boxed(box: {size: {width: 1}, note: "n", words: [null], colours: [GREEN], boxesInside: [{size: {width: 2}, colours: null}]}) }',
        "{ boxed(box: {note: null}) }",
        "{ taken taken1: taken taken2: taken(box: {size: {width: 1}}) taken3: taken(box: {size: {width: 1}}) }",
        '{ vague vague1: vague(sure: {}) vague2: vague(sure: {vague: {word: "w"}}, again: {vague: {inside: [{word: "v"}]}}) }',
        '{ relays relays1: relays(ids: null) relays2: relays(ids: ["VGhpbmc6MQ=="]) }',
        '{ relay(id: "VGhpbmc6MQ==") }',
        '{ relay(id: "no id") }',
        '{ maybe maybe1: maybe(word: null) maybe2: maybe(word: "w") }',
        "{ needs(a: 1) needs1: needs(a: 1, b: null) needs2: needs(b: 2) }",
        "{ broken(a: 5) parent static static1: static(a: 2) }",
        "{ leaves(a: 1) brokenLater later }",
        "{ guarded loud twice }",
    ],
)
def test_direct_call_returns_what_strawberrys_resolver_returns(text: str) -> None:
    assert same(text)


def test_variables_are_passed_to_the_resolver() -> None:
    text = "query ($a: Int!, $b: String, $colour: Colour!, $size: Size) { leaves(a: $a, b: $b, colour: $colour) mixed(size: $size) }"
    assert "GREEN" in same(text, a=1, colour="GREEN")["data"]["leaves"]
    assert "Size" in same(text, a=1, b=None, colour="RED", size={"width": 2})["data"]["mixed"]


def test_resolver_cannot_change_the_arguments_of_another_request() -> None:
    text = 'query ($words: [String!]!, $box: Box) { taken taken1: taken(words: $words, box: $box) taken2: taken(words: ["z"], box: $box) }'
    box = {"size": {"width": 1}, "words": ["b", "c"]}
    result = [same(text, words=["v", "w"], box=box)["data"] for _ in range(2)]
    assert result == [{"taken": "yx", "taken1": "wc", "taken2": "zc"}] * 2


def test_extensions_permissions_and_custom_fields_still_run() -> None:
    result = same("{ guarded loud twice }")
    assert result["errors"][0]["message"] == "not for you"
    assert result["data"] == {"guarded": None, "loud": "loud!", "twice": "twice again"}


def test_wrapped_resolver_is_not_called_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = strawberry.Schema(Query)
    field = schema._schema.query_type.fields["named"]  # type: ignore[union-attr]
    own = field.resolve
    assert own is not None

    @wraps(own)
    def louder(*given: Any, **named: Any) -> Any:
        return f"{own(*given, **named)}!"

    monkeypatch.setattr(field, "resolve", louder)
    assert same("{ named }", schema)["data"]["named"].endswith("!")


def test_exception_handlers_are_called() -> None:
    @strawberry.type
    class Refusal:
        message: str

    class AsData(strawberry.ExceptionHandler[ValueError, Refusal]):
        def handle(self, exception: ValueError, *, field: Any, info: Any) -> Refusal:
            return Refusal(message=str(exception))

    @strawberry.type
    class Refusing:
        @strawberry.field
        def anything(self) -> Annotated[Query | Refusal, strawberry.union("Anything")]:
            raise ValueError("refused")

    schema = strawberry.Schema(Refusing, exception_handlers=[AsData()])
    assert same("{ anything { ... on Refusal { message } } }", schema)["data"] == {"anything": {"message": "refused"}}


def test_direct_calls_are_freed_with_their_schema() -> None:
    schema = strawberry.Schema(Query)
    gone = weakref.ref(schema._schema)
    direct_calls_of(schema._schema)
    del schema
    gc.collect()
    assert gone() is None
