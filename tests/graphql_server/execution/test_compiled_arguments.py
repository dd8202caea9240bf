"""An executor that is kept with its operation holds no arguments of a single request."""

from enum import Enum
from itertools import permutations
from typing import Any, Final

import pytest
import strawberry
from graphql import parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gql_leads.graphql_server.execution.compiled import CompiledExecutor
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


def assert_equal_responses(text: str, *requests: dict[str, Any]) -> None:
    """Answer the requests one after the other with a kept executor; assert that the responses equal those of graphql-core."""
    document = parse(text)
    kept: list[CompiledExecutor] = []
    for number, variables in enumerate(requests):
        result = answered(CompiledExecutor, SCHEMA, document, number, variables, kept)
        assert result == answered(StrawberryGraphQLCoreExecutionContext, SCHEMA, document, number, variables)


@pytest.mark.parametrize("requests", list(permutations(REQUESTS)))
def test_no_request_is_answered_with_the_variables_of_another(requests: tuple[dict[str, Any], ...]) -> None:
    assert_equal_responses(QUERY, *requests)


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


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ('{ result(a: 1) again: result(a: 2, b: null, colour: GREEN, word: "w") bad: result(a: -1) }', [{}, {}]),
        (
            "query ($is: Boolean!) { x: result(a: 1) @include(if: $is) x: result(a: 1) y: result(a: 2) @skip(if: $is) }",
            [{"is": True}, {"is": False}, {"is": True}],
        ),
        ('{ listed(words: ["a"]) }', [{}, {}]),
        (
            'query ($words: [String!]!) { listed(words: $words) one: listed(words: "a") }',
            [{"words": ["b"]}, {"words": "c"}, {"words": ["b"]}],
        ),
        ("{ atOnce other: atOnce(a: 3) }", [{}, {}]),
    ],
    ids=["literal and omitted", "merged fields", "literal list", "list from a variable", "synchronous resolver"],
)
def test_arguments_of_each_request_are_its_own(text: str, requests: list[dict[str, Any]]) -> None:
    assert_equal_responses(text, *requests)
