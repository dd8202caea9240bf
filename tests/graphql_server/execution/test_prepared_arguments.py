"""Prepared arguments hold nothing of a single request."""

from enum import Enum
from itertools import permutations
from typing import Any, Final

import pytest
import strawberry
from graphql import OperationDefinitionNode, parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gql_leads.graphql_server.execution.compiled import MAX_PREPARED_CALLS, CompiledExecutor, compiled_operation_of
from tests.graphql_server.differential import answered


@strawberry.enum
class Colour(Enum):
    RED = "red"
    GREEN = "green"


@strawberry.type
class Query:
    @strawberry.field
    async def result(
        self, info: strawberry.Info, a: int, b: str | None = "b", colour: Colour = Colour.RED, word: str | None = strawberry.UNSET
    ) -> str | None:
        if a < 0:
            raise ValueError(f"below zero: {a}")
        return repr((info.path.key, info.context, a, b, colour, word))

    @strawberry.field
    async def listed(self, words: list[str]) -> str:
        words.append("changed")
        return repr(words)

    @strawberry.field
    def at_once(self, a: int = 1) -> int:
        return a


SCHEMA: Final = strawberry.Schema(Query)
QUERY: Final = (
    "query ($a: Int!, $b: String, $colour: Colour! = GREEN, $word: String) { result(a: $a, b: $b, colour: $colour, word: $word) }"
)
REQUESTS: Final[list[dict[str, Any]]] = [
    {"a": 1},
    {"a": 2, "b": None, "word": "w"},
    {"a": 3, "b": "d", "colour": "RED", "word": "v"},
    {"a": -1, "b": "c", "colour": "RED", "word": None},
]


def prepared(text: str, *requests: dict[str, Any]) -> list[bool]:
    """Return for each field whether its arguments were prepared; assert that the responses equal those of graphql-core."""
    document = parse(text)
    kept: list[CompiledExecutor] = []
    for number, variables in enumerate(requests):
        result = answered(CompiledExecutor, SCHEMA, document, number, variables, kept)
        assert result == answered(StrawberryGraphQLCoreExecutionContext, SCHEMA, document, number, variables)
    (operation,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    return [one is not None for one in compiled_operation_of(operation, kept[0].fragment_definitions, SCHEMA._schema).prepared.values()]


@pytest.mark.parametrize("requests", list(permutations(REQUESTS)))
def test_no_request_is_answered_with_the_variables_of_another(requests: tuple[dict[str, Any], ...]) -> None:
    assert prepared(QUERY, *requests) == [True]


@pytest.mark.parametrize(
    "wrong", [{}, {"a": None}, {"a": "1"}, {"a": 2**31}, {"a": 1, "b": 1}, {"a": 1, "colour": "BLUE"}, {"a": 1, "word": []}]
)
def test_invalid_variable_is_reported_as_for_the_first_request(wrong: dict[str, Any]) -> None:
    document = parse(QUERY)
    kept = CompiledExecutor.build(SCHEMA._schema, document, raw_variable_values={"a": 1})
    assert isinstance(kept, CompiledExecutor)
    result, expected = (
        kept.for_request(None, wrong, None),
        StrawberryGraphQLCoreExecutionContext.build(SCHEMA._schema, document, raw_variable_values=wrong),
    )
    assert isinstance(result, list)
    assert isinstance(expected, list)
    assert [one.formatted for one in result] == [one.formatted for one in expected]


def test_literal_and_omitted_arguments_are_prepared() -> None:
    assert prepared('{ result(a: 1) again: result(a: 2, b: null, colour: GREEN, word: "w") bad: result(a: -1) }', {}, {}) == [True] * 3


def test_merged_fields_are_distinguished_by_the_selected_nodes() -> None:
    text = "query ($is: Boolean!) { x: result(a: 1) @include(if: $is) x: result(a: 1) y: result(a: 2) @skip(if: $is) }"
    assert prepared(text, {"is": True}, {"is": False}, {"is": True}) == [True] * 3


def test_literal_list_is_not_prepared() -> None:
    assert prepared('{ listed(words: ["a"]) }', {}, {}) == [False]


def test_list_from_a_variable_is_prepared() -> None:
    text = 'query ($words: [String!]!) { listed(words: $words) one: listed(words: "a") }'
    assert prepared(text, {"words": ["b"]}, {"words": "c"}, {"words": ["b"]}) == [True] * 2


def test_synchronous_resolver_is_not_prepared() -> None:
    assert prepared("{ atOnce other: atOnce(a: 3) }", {}, {}) == [False, False]


def test_number_of_prepared_calls_per_operation_is_limited() -> None:
    text = " ".join(f"f{number}: result(a: {number})" for number in range(MAX_PREPARED_CALLS + 5))
    assert prepared(f"{{ {text} }}", {}, {}) == [True] * MAX_PREPARED_CALLS
