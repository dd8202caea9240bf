"""Helpers to run documents in tests: any mutation, and all fields of a type."""

from collections.abc import Collection
from typing import Any

from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from gql_leads.api.schema import schema
from gql_leads.api.types.lead import Lead
from tests.api.conftest import Ask

ERRORS = """
    errors { __typename message field
      ... on InvalidTransition { stage allowedActions } ... on QualificationIncomplete { missing } ... on LeadAlreadyClaimed { claimedAt }
      ... on ClaimLimitReached { limit resetsAt } ... on VersionConflict { currentVersion } }
"""


async def do(ask: Ask, who: Any, mutation: str, payload: str = "lead { id }", **given: Any) -> dict[str, Any]:
    """Call a mutation with this input and return its payload."""
    kind = mutation[0].upper() + mutation[1:]
    document = f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {payload} {ERRORS} }} }}"
    found: dict[str, Any] = (await ask(who, document, input=given))[mutation]
    return found


def said(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(error["__typename"], error["field"]) for error in payload["errors"]]


async def made(ask: Ask, who: Any, mutation: str, kind: str, **given: Any) -> str:
    """Make a record and return its id."""
    payload = await do(ask, who, mutation, f"{kind} {{ id }}", **given)
    assert payload["errors"] == []
    return str(payload[kind]["id"])


def marked(kind: Any) -> set[str]:
    fields = kind.__strawberry_definition__.fields
    return {schema.config.name_converter.get_graphql_name(field) for field in fields if field.metadata.get("private")}


def selection_of(name: str, depth: int = 3, left_out: Collection[str] = ()) -> str:
    """Every field of a type, so many levels deep; of leads inside leads, those that are not marked."""
    kind = schema._schema.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    chosen = []
    for field, about in kind.fields.items():
        inner = get_named_type(about.type)
        if field in left_out or any(is_required_argument(one) for one in about.args.values()):
            continue
        if is_leaf_type(inner):
            chosen.append(field)
        elif depth > 1:
            chosen.append(f"{field} {{ {selection_of(inner.name, depth - 1, marked(Lead) if inner.name == 'Lead' else ())} }}")
    return " ".join(chosen) or "__typename"
