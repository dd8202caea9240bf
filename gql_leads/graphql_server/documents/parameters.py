"""The parameters of a GraphQL request, with their types checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gql_leads.graphql_server.errors import Refused

EMPTY: Mapping[str, Any] = {}
"""Shared by all requests without variables: many subscriptions stay open for long."""
JSON_NAMES: Mapping[type, str] = {str: "a string", dict: "an object"}


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a request over any transport."""

    query: str | None = None
    document_id: str | None = None
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)

    @property
    def persisted_query(self) -> Any:
        """The extension of automatic persisted queries, as the client sent it; None without one."""
        return self.extensions.get("persistedQuery")

    @classmethod
    def of(cls, request: Any) -> "Parameters":
        """Return the parameters of a decoded request; refuse one with a wrong type."""
        if isinstance(request, list):
            raise Refused("Batches are not served: send one operation in a request, as a JSON object.")
        if not isinstance(request, dict):
            raise Refused('Send a JSON object such as `{"query": "…", "variables": {…}}`.')
        return cls(
            query=optional(request, "query", str),
            document_id=optional(request, "documentId", str),
            operation_name=optional(request, "operationName", str),
            variables=optional(request, "variables", dict) or EMPTY,
            extensions=optional(request, "extensions", dict) or EMPTY,
        )


def optional(request: Mapping[str, Any], name: str, kind: type) -> Any:
    """Return an optional parameter; refuse it if it has a wrong type."""
    value = request.get(name)
    if value is not None and not isinstance(value, kind):
        raise Refused(f"`{name}` must be {JSON_NAMES[kind]}.")
    return value
