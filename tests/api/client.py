"""Helpers to run documents in tests: any mutation, and all fields of a type."""

from collections.abc import Collection
from typing import Any

from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from gql_leads.api.schema import schema
from gql_leads.api.types.leads.lead import Lead
from tests.api.conftest import Ask

ERRORS = """
    errors { __typename message field
      ... on InvalidTransition { stage allowedActions } ... on QualificationIncomplete { missing } ... on LeadAlreadyClaimed { claimedAt }
      ... on ClaimLimitReached { limit resetsAt } ... on VersionConflict { currentVersion } }
"""


async def mutate(ask: Ask, who: Any, mutation: str, payload: str = "lead { id }", **given: Any) -> dict[str, Any]:
    """Call a mutation with this input and return its payload."""
    kind = mutation[0].upper() + mutation[1:]
    document = f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {payload} {ERRORS} }} }}"
    found: dict[str, Any] = (await ask(who, document, input=given))[mutation]
    return found


def errors_of(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    """Return type and field of each error of a payload."""
    return [(error["__typename"], error["field"]) for error in payload["errors"]]


async def create(ask: Ask, who: Any, mutation: str, kind: str, **given: Any) -> str:
    """Create a record and return its id."""
    payload = await mutate(ask, who, mutation, f"{kind} {{ id }}", **given)
    assert payload["errors"] == []
    return str(payload[kind]["id"])


def private_fields(kind: Any) -> set[str]:
    """Return the names of the fields that are marked PRIVATE."""
    fields = kind.__strawberry_definition__.fields
    return {schema.config.name_converter.get_graphql_name(field) for field in fields if field.metadata.get("private")}


def selection_of(name: str, depth: int = 3, left_out: Collection[str] = ()) -> str:
    """Return a selection of all fields of a type, `depth` levels deep; nested leads are selected without private fields."""
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
            chosen.append(f"{field} {{ {selection_of(inner.name, depth - 1, private_fields(Lead) if inner.name == 'Lead' else ())} }}")
    return " ".join(chosen) or "__typename"
