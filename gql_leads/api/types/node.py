"""What every object with an id has in common."""

import strawberry

from gql_leads.api.values import enums  # noqa: F401 - an enum must be described before a type names it


@strawberry.interface(description="An object with an id of its own: `node` finds it again.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque, and the same for ever: pass it back unchanged.")
