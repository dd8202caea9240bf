"""Ids that are malformed or of another type: every id of the schema is refused with the same sentence."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from gql_leads.api.schema import schema
from gql_leads.api.values.ids import encode_id
from tests.api.client import mutate
from tests.api.conftest import Ask
from tests.factories import World

MALFORMED: Final = '"nonsense" is no id. Pass an `id` that this API gave you, unchanged.'
NESTING: Final = frozenset({"and", "or", "not"})
VALUES: Final[dict[str, Any]] = {
    "String": "x", "Int": 1, "Float": 1.0, "Boolean": True, "DateTime": "2026-11-21T09:30:00Z", "Date": "2026-11-21", "Decimal": "1.00",
    "CountryCode": "FR", "CurrencyCode": "EUR", "EmailAddress": "a@contoso.example", "PhoneNumber": "+33123456789",
    "URL": "https://contoso.example", "EventCursor": "x", "JSON": {},
}  # fmt: skip
CORE: Final = schema._schema
MUTATIONS: Final = sorted(CORE.mutation_type.fields) if CORE.mutation_type else []
BULK: Final = frozenset({"leadIds"})
"""Lists of ids that succeed or fail each by itself."""


def id_paths(kind: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each id in an input type, without those of nested filters."""
    if isinstance(kind, GraphQLNonNull):
        yield from id_paths(kind.of_type, path)
    elif isinstance(kind, GraphQLList):
        yield from id_paths(kind.of_type, (*path, "0"))
    elif isinstance(kind, GraphQLInputObjectType):
        for name, field in kind.fields.items():
            if name not in NESTING:
                yield from id_paths(field.type, (*path, name))
    elif kind.name == "ID":
        yield path


def value_with(kind: Any, path: tuple[str, ...], text: str) -> Any:
    """Return the smallest value of an input type with this text as the id at the path; other required ids name nothing."""
    if isinstance(kind, GraphQLNonNull):
        return value_with(kind.of_type, path, text)
    if isinstance(kind, GraphQLList):
        return [value_with(kind.of_type, path[1:], text)]
    if isinstance(kind, GraphQLInputObjectType):
        chosen = {name for name, field in kind.fields.items() if is_required_input_field(field)} | (set(path[:1]) & kind.fields.keys())
        if kind.extensions["strawberry-definition"].is_one_of and not chosen:
            chosen = {next(iter(kind.fields))}
        return {name: value_with(kind.fields[name].type, path[1:] if path[:1] == (name,) else ("",), text) for name in chosen}
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if kind.name == "ID":
        return text if not path else encode_id("Nothing", UUID(int=1))
    return VALUES[kind.name]


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_a_malformed_id_is_invalid_at_its_field_of_a_mutation(world: World, ask: Ask, mutation: str) -> None:
    assert CORE.mutation_type is not None
    argument = CORE.mutation_type.fields[mutation].args.get("input")
    for path in id_paths(argument.type) if argument else ():
        given = value_with(argument.type, path, "nonsense") if argument else {}
        if path[0] in BULK and "to" in given:  # a wrong holder would refuse all leads at once
            given["to"] = {"partnerId": encode_id("Partner", world.acme)}
        payload = "results { errors { message field } }" if path[0] in BULK else "__typename"
        answered = await mutate(ask, world.admin, mutation, payload, **given)
        errors = answered["results"][0]["errors"] if path[0] in BULK else answered["errors"]
        assert (MALFORMED, list(path)) in [(one["message"], one["field"]) for one in errors], path


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_the_id_of_another_type_is_invalid_at_its_field_of_a_mutation(world: World, ask: Ask, mutation: str) -> None:
    assert CORE.mutation_type is not None
    argument = CORE.mutation_type.fields[mutation].args.get("input")
    wrong = encode_id("Nothing", UUID(int=2))
    for path in id_paths(argument.type) if argument else ():
        given = value_with(argument.type, path, wrong) if argument else {}
        if path[0] in BULK and "to" in given:  # a wrong holder would refuse all leads at once
            given["to"] = {"partnerId": encode_id("Partner", world.acme)}
        payload = "results { errors { message field } }" if path[0] in BULK else "__typename"
        answered = await mutate(ask, world.admin, mutation, payload, **given)
        errors = answered["results"][0]["errors"] if path[0] in BULK else answered["errors"]
        assert list(path) in [one["field"] for one in errors if one["message"].startswith(f'"{wrong}" is the id of another type')], path


def query_places() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield each id among the arguments of queries: query, argument, and path in the argument."""
    assert CORE.query_type is not None
    for name, field in CORE.query_type.fields.items():
        for argument, about in field.args.items():
            for path in id_paths(about.type):
                yield name, argument, path


@pytest.mark.parametrize(("query", "argument", "path"), list(query_places()))
async def test_a_malformed_id_in_a_query_is_bad_user_input_with_the_same_sentence(
    world: World, answer: Ask, query: str, argument: str, path: tuple[str, ...]
) -> None:
    assert CORE.query_type is not None
    field = CORE.query_type.fields[query]
    needed = {name: value_with(one.type, ("",), "") for name, one in field.args.items() if is_required_argument(one)}
    if query == "leadReport":
        needed["before"] = "2026-11-22T09:30:00Z"
    given = needed | {argument: value_with(field.args[argument].type, path, "nonsense")}
    declared = ", ".join(f"${name}: {field.args[name].type}" for name in given)
    passed = ", ".join(f"{name}: ${name}" for name in given)
    selected = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    answered = await answer(world.admin, f"query({declared}) {{ {query}({passed}){selected} }}", **given)
    (error,) = answered["errors"]
    assert (error.message, error.original_error.code) == (MALFORMED, "BAD_USER_INPUT")


async def test_a_long_or_unprintable_id_is_quoted_in_part(world: World, answer: Ask) -> None:
    document = "query($id: ID!) { node(id: $id) { id } }"
    for text, shown in (("x" * 500, '"' + "x" * 60 + '…"'), ("a\nb", '"a\ufffdb"'), ("", '""')):
        (error,) = (await answer(world.rep, document, id=text))["errors"]
        assert error.message == f"{shown} is no id. Pass an `id` that this API gave you, unchanged."


async def test_all_malformed_ids_of_an_input_are_reported_at_once(world: World, ask: Ask) -> None:
    given = {"leadId": "x", "body": "Hello", "mentionIds": ["y", encode_id("Member", world.rep.member_id), "z"]}
    answered = await mutate(ask, world.rep, "addLeadNote", "note { id }", **given)
    assert [one["field"] for one in answered["errors"]] == [["leadId"], ["mentionIds", "0"], ["mentionIds", "2"]]
