"""Filters and sorts that are stored as JSON and read again when they are used.

A later release may have renamed or removed what a stored filter uses, so reading it can fail: BadInput then says why.
"""

from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import Any, Final

import strawberry
from graphql import GraphQLInputType
from graphql.utilities import coerce_input_value, validate_input_value
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import convert_argument
from strawberry.utils.str_converters import to_camel_case

from gql_leads.api.values.filters import LeadFilter, LeadSortInput, to_filter, to_sort
from gql_leads.api.values.scalars import SCALARS, instant_text
from gql_leads.domain.errors import BadInput
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.sorting import LeadSort
from gql_leads.store.sql.rows import to_json

LONGEST_STORED: Final = 20_000
"""Largest number of characters of a stored filter or sort."""
_CONFIG: Final = StrawberryConfig(scalar_map=SCALARS)


def as_given(value: Any, field: str) -> Any:
    """Return the input of a filter or a sort as JSON; None if it was left out or null.

    Raise BadInput at the field if it is too large to be stored.
    """
    given = None if value is strawberry.UNSET else _json(value)
    if given is not None and len(to_json(given)) > LONGEST_STORED:
        raise BadInput(f"Make it smaller: as JSON it may have at most {LONGEST_STORED} characters.", field=(field,))
    return given


def read_filter(stored: Any) -> Filter:
    """Return the domain filter of a stored LeadFilter; raise BadInput if it does not fit the schema."""
    return to_filter(_read(stored, LeadFilter, "filter"))


def read_sort(stored: Any) -> tuple[LeadSort, ...]:
    """Return the sort steps of a stored list of LeadSort; raise BadInput if it does not fit the schema."""
    return to_sort(_read(stored, list[LeadSortInput], "sort"))


def problem_of(stored_filter: Any, stored_sort: Any) -> str | None:
    """Return why a stored filter or sort cannot be used, in a sentence for people; None if it can."""
    try:
        read_filter(stored_filter)
        read_sort(stored_sort)
    except BadInput as wrong:
        return wrong.message
    return None


@strawberry.type
class _Inputs:
    """A schema of the inputs alone: that of the API cannot be imported below its types."""

    @strawberry.field
    def fits(self, filter: LeadFilter | None = None, sort: list[LeadSortInput] | None = None) -> bool:
        return bool(filter or sort)


@cache
def _schema() -> strawberry.Schema:
    return strawberry.Schema(_Inputs, config=_CONFIG)


@cache
def _argument(name: str) -> tuple[GraphQLInputType, Any]:
    """Return the type of an argument for graphql-core, and for Strawberry."""
    field = _schema()._schema.query_type.fields["fits"]  # type: ignore[union-attr]
    (argument,) = (one for one in _Inputs.__strawberry_definition__.fields[0].arguments if one.python_name == name)  # type: ignore[attr-defined]
    return field.args[name].type, argument.type


def _read(stored: Any, kind: Any, name: str) -> Any:
    if stored is None:
        return None
    type_, declared = _argument(name)
    faults: list[str] = []

    def add(error: Any, path: Sequence[str | int]) -> None:
        at = ".".join(map(str, (name, *path)))
        faults.append(f"The {name} does not fit the schema any more at `{at}`: {error.message}")

    validate_input_value(stored, type_, add)
    if faults:
        raise BadInput(faults[0])
    schema = _schema()
    value = coerce_input_value(stored, type_)
    return convert_argument(value, declared, scalar_registry=schema.schema_converter.scalar_registry, config=schema.config)


def _json(value: Any) -> Any:
    """Return an input as JSON: the fields that were given, under their names in the API."""
    if isinstance(value, list):
        return [_json(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if hasattr(type(value), "__strawberry_definition__"):
        fields = {one.graphql_name or to_camel_case(one.python_name): one.python_name for one in value.__strawberry_definition__.fields}
        given = {name: getattr(value, attribute) for name, attribute in fields.items()}
        return {name: _json(one) for name, one in given.items() if one is not strawberry.UNSET}
    # The only numbers in filters are instants.
    return instant_text(value) if isinstance(value, int) and not isinstance(value, bool) else value
