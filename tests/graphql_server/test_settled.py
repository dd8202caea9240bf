"""What a document settles of a field's call is that of every request, and nothing of any one's."""

from enum import Enum
from itertools import permutations
from typing import Any, Final

import pytest
import strawberry
from graphql import OperationDefinitionNode, parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gql_leads.graphql_server.execution.compiled import FIELDS_SETTLED, CompiledExecutor, plans_of
from tests.graphql_server.differential import answered


@strawberry.enum
class Colour(Enum):
    RED = "red"
    GREEN = "green"


@strawberry.type
class Query:
    @strawberry.field
    async def told(
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
QUERY: Final = "query ($a: Int!, $b: String, $colour: Colour! = GREEN, $word: String) { told(a: $a, b: $b, colour: $colour, word: $word) }"
REQUESTS: Final[list[dict[str, Any]]] = [
    {"a": 1},
    {"a": 2, "b": None, "word": "w"},
    {"a": 3, "b": "d", "colour": "RED", "word": "v"},
    {"a": -1, "b": "c", "colour": "RED", "word": None},
]


def settled(text: str, *requests: dict[str, Any]) -> list[bool]:
    """Whether the call of each field was settled, after requests that were answered as by graphql-core."""
    document = parse(text)
    kept: list[CompiledExecutor] = []
    for number, variables in enumerate(requests):
        told = answered(CompiledExecutor, SCHEMA, document, number, variables, kept)
        assert told == answered(StrawberryGraphQLCoreExecutionContext, SCHEMA, document, number, variables)
    (operation,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    return [one is not None for one in plans_of(operation, kept[0].fragment_definitions, SCHEMA._schema).settled.values()]


@pytest.mark.parametrize("requests", list(permutations(REQUESTS)))
def test_no_request_is_answered_with_the_variables_of_another(requests: tuple[dict[str, Any], ...]) -> None:
    assert settled(QUERY, *requests) == [True]


@pytest.mark.parametrize(
    "wrong", [{}, {"a": None}, {"a": "1"}, {"a": 2**31}, {"a": 1, "b": 1}, {"a": 1, "colour": "BLUE"}, {"a": 1, "word": []}]
)
def test_what_is_wrong_with_a_variable_is_told_as_to_the_first_who_asks(wrong: dict[str, Any]) -> None:
    document = parse(QUERY)
    kept = CompiledExecutor.build(SCHEMA._schema, document, raw_variable_values={"a": 1})
    assert isinstance(kept, CompiledExecutor)
    told, expected = (
        kept.renewed(None, wrong, None),
        StrawberryGraphQLCoreExecutionContext.build(SCHEMA._schema, document, raw_variable_values=wrong),
    )
    assert isinstance(told, list)
    assert isinstance(expected, list)
    assert [one.formatted for one in told] == [one.formatted for one in expected]


def test_what_is_written_in_the_document_and_what_is_left_out_is_settled() -> None:
    assert settled('{ told(a: 1) again: told(a: 2, b: null, colour: GREEN, word: "w") bad: told(a: -1) }', {}, {}) == [True] * 3


def test_fields_that_stand_for_one_another_are_told_apart_by_who_is_selected() -> None:
    text = "query ($is: Boolean!) { x: told(a: 1) @include(if: $is) x: told(a: 1) y: told(a: 2) @skip(if: $is) }"
    assert settled(text, {"is": True}, {"is": False}, {"is": True}) == [True] * 3


def test_what_the_next_request_could_find_changed_is_not_settled() -> None:
    assert settled('{ listed(words: ["a"]) }', {}, {}) == [False]


def test_what_is_made_anew_for_every_request_is_settled() -> None:
    text = 'query ($words: [String!]!) { listed(words: $words) one: listed(words: "a") }'
    assert settled(text, {"words": ["b"]}, {"words": "c"}, {"words": ["b"]}) == [True] * 2


def test_a_resolver_that_answers_at_once_is_not_settled() -> None:
    assert settled("{ atOnce other: atOnce(a: 3) }", {}, {}) == [False, False]


def test_so_many_calls_of_an_operation_are_settled_and_no_more() -> None:
    text = " ".join(f"f{number}: told(a: {number})" for number in range(FIELDS_SETTLED + 5))
    assert settled(f"{{ {text} }}", {}, {}) == [True] * FIELDS_SETTLED
