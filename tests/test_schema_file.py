"""The committed schema is the served one, and every part of it has a description."""

import re
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_introspection_query,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from gql_leads.api.schema import schema
from gql_leads.graphql_server.documents.cache import Documents
from gql_leads.graphql_server.documents.limits import Limits

FILE = Path(__file__).parents[1] / "schema.graphql"


def test_schema_file_is_current() -> None:
    assert FILE.read_text() == f"{schema.as_str()}\n", "run `make schema`"


def test_everything_in_the_schema_has_a_description() -> None:
    silent = [place for place, description in described(build_schema(schema.as_str())) if not (description or "").strip()]
    assert silent == []


def test_deprecated_elements_name_their_replacement() -> None:
    reasons = re.findall(r'@deprecated(?:\(reason: "(.*?)"\))?', schema.as_str())
    assert [reason for reason in reasons if "`" not in reason] == [], "write `use …`, as docs/clients.md promises"


def test_introspection_queries_of_tools_succeed() -> None:
    asked = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True, one_of=True
    )
    assert Documents(schema._schema, Limits()).of(asked).errors == ()


def described(served: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Yield the coordinate and the description of every type, field, argument and enum value."""
    for directive in served.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description
            yield from ((f"@{directive.name}({name}:)", argument.description) for name, argument in directive.args.items())
    for kind in served.type_map.values():
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind):
            yield kind.name, kind.description
            yield from members_of(kind)


def members_of(kind: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    if isinstance(kind, GraphQLEnumType):
        yield from ((f"{kind.name}.{name}", value.description) for name, value in kind.values.items())
    if isinstance(kind, GraphQLInputObjectType):
        yield from ((f"{kind.name}.{name}", field.description) for name, field in kind.fields.items())
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            yield f"{kind.name}.{name}", field.description
            yield from ((f"{kind.name}.{name}({argument}:)", about.description) for argument, about in field.args.items())


def test_custom_scalars_name_their_specification() -> None:
    kinds = build_schema(schema.as_str()).type_map.values()
    scalars = [kind for kind in kinds if isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind)]
    assert len(scalars) >= 9
    assert [kind.name for kind in scalars if not (kind.specified_by_url or "").startswith("https://")] == []


def test_mutations_with_an_idempotency_key_are_listed_for_clients() -> None:
    listed = re.search(r"These mutations take one:(.*?)\.\n", (FILE.parent / "docs" / "clients.md").read_text(), re.DOTALL)
    assert listed is not None
    inputs = {name for name, kind in schema._schema.type_map.items() if "idempotencyKey" in getattr(kind, "fields", {})}
    assert re.findall(r"`(\w+)`", listed[1]) == sorted(f"{name[0].lower()}{name[1:]}".removesuffix("Input") for name in inputs)
