"""Generate random documents and objects, and compare compiled execution with graphql-core."""

import asyncio
import os
from collections.abc import Callable, Generator
from random import Random
from typing import Any, Final

import orjson
import pytest
import strawberry
from graphql import (
    DocumentNode,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_union_type,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gql_leads.graphql_server.execution.compiled import CompiledExecutor

EXAMPLES: Final = int(os.environ.get("GQL_LEADS_TEST_EXAMPLES", "300"))
"""Number of documents of a differential test; each is executed with several sets of objects and flags."""

generously = settings(max_examples=EXAMPLES)
FLAGS: Final = [{"on": on, "off": off} for on in (True, False) for off in (True, False)]
DIRECTIVES: Final = [*[""] * 5, "@skip(if: $on)", "@include(if: $on)", "@include(if: $off)", "@skip(if: true)", "@skip(if: false)"]


class Later:
    """An awaitable that can be awaited several times."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, Any]:
        yield from asyncio.sleep(0).__await__()
        return self.value


class Facts:
    """Generate objects for the types of a schema from a seed: valid, or with invalid values."""

    def __init__(self, schema: GraphQLSchema, seed: int, odds: dict[str, list[Any]]) -> None:
        self._schema = schema
        self._random = Random(seed)
        self._broken = self._random.choice((0, 0.03, 0.2))
        self._values = {"ID": ["id"], "String": ["text", ""], "Int": [7, -1], "Boolean": [True, False], "Float": [0.5, 3], **odds}
        self._made: dict[Any, Any] = {}

    def root(self, info: Any) -> Any:
        """Return the value of a root field, the same at every call."""
        if (key := info._raw_info.path.key) not in self._made:
            self._made[key] = self.of(info._raw_info.return_type, 0)
        return self._made[key]

    def of(self, type_: Any, depth: int) -> Any:
        """Return a value of a type."""
        pick: Any = self._random.choice
        named: Any = get_named_type(type_)
        if self._random.random() < self._broken:
            return self._odd(type_, depth)
        if is_non_null_type(type_):
            return self.of(type_.of_type, depth)
        if self._random.random() < 0.15 or (depth > 5 and is_composite_type(named)):
            return [] if is_list_type(type_) else None
        if is_list_type(type_):
            items = [self.of(type_.of_type, depth + 1) for _ in range(self._random.randint(0, 3))]
            return pick((items, items, tuple(items)))
        if is_enum_type(type_):
            return pick([*named.wrapped_cls, *(one.value for one in named.values.values())])
        if is_abstract_type(type_):
            return self._object(pick(self._schema.get_possible_types(type_)), depth)
        return self._object(named, depth) if is_composite_type(named) else pick(self._values[named.name])

    def _odd(self, type_: Any, depth: int) -> Any:
        objects = [
            one for one in self._schema.type_map.values() if "strawberry-definition" in one.extensions and hasattr(one, "interfaces")
        ]
        choice = self._random.randrange(4)
        if choice == 0:
            return self._object(self._random.choice([one for one in objects if isinstance(one, GraphQLObjectType)]), depth + 3)
        if choice == 1:
            return Later(self.of(type_, depth + 1)) if depth < 8 else None
        odd = [
            None,
            None,
            ValueError("an error as a value"),
            10**12,
            -(2**31) - 1,
            True,
            1.5,
            "ABSENT",
            strawberry.UNSET,
            {},
            object,
            [None],
        ]
        return self._random.choice(odd)

    def _object(self, type_: Any, depth: int) -> Any:
        definition = type_.extensions["strawberry-definition"]
        kind = self._random.choice([definition.origin, (definition.concrete_of or definition).origin])
        if self._random.random() < self._broken:
            kind = type(f"Special{kind.__name__}", (kind,), {})
        instance = object.__new__(kind)
        for field in type_.fields.values():
            known = field.extensions["strawberry-definition"]
            if known.is_basic_field and self._random.random() >= self._broken / 4:
                instance.__dict__[known.python_name] = self.of(field.type, depth + 1)
        instance.__dict__.update(self._values.get("private", {}))
        if self._random.random() < self._broken:
            strawberry.cast(self._random.choice([definition.origin, Later]), instance)
        return instance


@st.composite
def documents(draw: st.DrawFn, schema: GraphQLSchema) -> str:
    """Return a strategy for valid documents with aliases, fragments, directives and `__typename`, without conflicting response names."""
    fragments: list[tuple[Any, str]] = []
    pick: Callable[[Any], Any] = lambda options: draw(st.sampled_from(options))  # noqa: E731

    def selection(type_: Any, depth: int, prefix: str = "") -> str:
        return "{ " + " ".join(part(type_, depth, prefix) for _ in range(draw(st.integers(1, 7 - depth)))) + " }"

    def part(type_: Any, depth: int, prefix: str) -> str:
        kind = pick(("field", "field", "field", "field", "field", "typename", "inline", "spread")) if depth < 6 else "field"
        known_fields = {} if kind == "typename" or is_union_type(type_) else type_.fields
        fields = [(name, one) for name, one in known_fields.items() if not any(map(is_required_argument, one.args.values()))]
        if kind == "inline":
            on = pick([type_, *getattr(type_, "interfaces", ()), *(schema.get_possible_types(type_) if is_abstract_type(type_) else ())])
            # Fields of the same name on two types must not have the same response name.
            return f"... on {on.name} {pick(DIRECTIVES)} {selection(on, depth + 1, prefix if on is type_ else f'{on.name}_')}"
        if kind == "spread":
            known = [number for number, (on, _) in enumerate(fragments) if on == (type_, prefix)]
            if not known or draw(st.booleans()):
                body = selection(type_, depth + 1, prefix)
                known = [len(fragments)]
                fragments.append(((type_, prefix), body))
            return f"... F{pick(known)} {pick(DIRECTIVES)}"
        if depth >= 5:
            fields = [(name, one) for name, one in fields if not is_composite_type(get_named_type(one.type))]
        if not fields:
            return f"{pick(('', 'typeName: '))}__typename {pick(DIRECTIVES)}"
        name, field = pick(fields)
        inner = get_named_type(field.type)
        below = selection(inner, depth + 1) if is_composite_type(inner) else ""
        alias = pick((f"{prefix}{name}: " if prefix else "", f"{prefix}{name}_1: "))
        return f"{alias}{name} {pick(DIRECTIVES)} {below}"

    root = selection(schema.query_type, 0)
    written = " ".join(f"fragment F{number} on {on} {body}" for number, ((on, _), body) in enumerate(fragments))
    used = "__typename @skip(if: $on) @include(if: $off)"
    return f"query ($on: Boolean!, $off: Boolean! = false) {{ {used} ...on {schema.query_type} {root} }} {written}"


def answered(
    executor: type[Any],
    schema: strawberry.Schema,
    document: DocumentNode,
    context: Any,
    flags: dict[str, Any],
    kept: list[CompiledExecutor] | None = None,
) -> bytes:
    """Return the encoded result; take the executor from `kept` if given, as the server does between requests."""

    async def executed() -> Any:
        more: dict[str, Any] = {"raw_variable_values": flags, "is_awaitable": optimized_is_awaitable}
        built: Any = (
            kept[0].for_request(context, flags, None) if kept else executor.build(schema._schema, document, context_value=context, **more)
        )
        if kept is not None and not kept:
            kept.append(built.without_request())
        result = built.execute_operation()
        if optimized_is_awaitable(result):
            result = await result
        while built.background_futures:
            await asyncio.wait(built.background_futures)
        return result

    result = asyncio.run(executed())
    errors = [error.formatted for error in result.errors or ()]
    # The JSON scalar returns objects unchanged, so they are encoded by identity.
    return orjson.dumps({"data": result.data, "errors": errors}, default=id, option=orjson.OPT_PASSTHROUGH_DATACLASS)


def assert_never_different(schema: strawberry.Schema, odds: dict[str, list[Any]]) -> None:
    """Assert that compiled execution returns what graphql-core returns, with and without cached plans."""

    @generously
    @given(documents(schema._schema), st.integers(0, 2**32))
    def compare(text: str, seed: int) -> None:
        document, kept = parse(text), list[CompiledExecutor]()
        for number, flags in enumerate([*FLAGS, *FLAGS[:2]]):
            facts = Facts(schema._schema, seed + number, odds)
            expected = answered(StrawberryGraphQLCoreExecutionContext, schema, document, facts, flags)
            assert answered(CompiledExecutor, schema, document, facts, flags, kept) == expected, flags

    compare()


def ignores_dropped_coroutines(test: Callable[[], None]) -> Callable[[], None]:
    """Ignore warnings about coroutines that graphql-core drops when null propagation replaces their field."""
    pytest.mark.usefixtures("garbage_collected")(test)
    return pytest.mark.filterwarnings(
        "ignore:coroutine .* was never awaited:RuntimeWarning",
        "ignore:Exception ignored in. <coroutine object:pytest.PytestUnraisableExceptionWarning",
    )(test)
