"""The `Node` interface."""

import strawberry

from gql_leads.api.values import enums  # noqa: F401 - an enum must be described before a type names it


@strawberry.interface(description="An object with a global id; `node` finds it.")
class Node:
    id: strawberry.ID = strawberry.field(description="An opaque id that never changes.")
