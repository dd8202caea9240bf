"""Queues and their claim limits."""

from collections.abc import Mapping
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.row_mapping import FieldSource, column, full_mapper, global_id, uuid_column
from gql_leads.api.types.node import Node
from gql_leads.api.types.organization import Partner, partner
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain import claims
from gql_leads.store import queues
from gql_leads.store.sql.rows import to_millis


@strawberry.type(description="The claims of the viewer's partner from a queue, and the remaining allowance.")
class ClaimAllowance:
    open_claims: int = strawberry.field(description="Claimed leads that are not yet archived or released.")
    claims_today: int = strawberry.field(description="Claims since midnight UTC.")
    can_claim: bool = strawberry.field(description="True if another claim is within the limits.")
    resets_at: DateTime = strawberry.field(description="The time when the daily count restarts.")


@strawberry.type(description="A queue of leads; the first partner that claims a lead gets it.")
class LeadQueue(Node):
    name: str = strawberry.field(description="The name.")
    max_open_claims_per_partner: int | None = strawberry.field(
        description="The maximum number of open claims per partner. Null means no limit."
    )
    max_claims_per_partner_per_day: int | None = strawberry.field(
        description="The maximum number of claims per partner and day (UTC). Null means no limit."
    )
    uuid: strawberry.Private[UUID]

    @strawberry.field(
        description="The number of waiting leads that the viewer can see. Read after a message of a stream, it includes that change."
    )
    async def waiting(self, info: Info) -> int:
        reader = info.context.reader
        return await info.context.dataloader.load("waiting", self.uuid, lambda ids: queues.waiting(reader, ids)) or 0

    @strawberry.field(
        description="The partners that may claim from it; empty means every active partner. Members of a partner see only their own"
        " partner."
    )
    async def partners(self, info: Info) -> list[Partner]:
        reader = info.context.reader
        rows = await info.context.dataloader.load("named", self.uuid, lambda ids: queues.named_partners(reader, ids))
        return [partner(row) for row in rows or ()]

    @strawberry.field(
        description="The use of the limits by the viewer's partner. Null for the vendor. Read after a message of a stream, it includes"
        " that change."
    )
    async def allowance(self, info: Info) -> ClaimAllowance | None:
        return await allowance_of(info.context, self.uuid)


async def allowance_of(context: Context, queue_id: UUID) -> ClaimAllowance | None:
    """Return the use of the queue's limits by the viewer's partner; None for members of the vendor."""
    reader = context.reader
    found = await context.dataloader.load("allowance", queue_id, lambda ids: queues.allowances(reader, ids))
    if found is None:
        return None
    limits, use = found
    return ClaimAllowance(
        open_claims=use.open_claims,
        claims_today=use.claims_today,
        can_claim=claims.can_claim(limits, use),
        resets_at=DateTime(to_millis(claims.resets_at(reader.now))),
    )


def queue_sources(prefix: str = "") -> Mapping[str, FieldSource]:
    """A queue."""
    uuid = uuid_column("uuid", f"{prefix}id")
    return {
        "id": global_id("LeadQueue", f"{prefix}id"),
        "name": column("name", f"{prefix}name"),
        "maxOpenClaimsPerPartner": column("max_open_claims_per_partner", f"{prefix}max_open_claims"),
        "maxClaimsPerPartnerPerDay": column("max_claims_per_partner_per_day", f"{prefix}max_claims_per_day"),
        **dict.fromkeys(("waiting", "partners", "allowance"), uuid),
    }


queue = full_mapper(LeadQueue, queue_sources())
"""Build a queue with all fields from a row."""


async def queue_by_id(context: Context, uuid: UUID) -> LeadQueue | None:
    """Return the queue, or None if it is not visible."""
    reader = context.reader
    row = await context.dataloader.load("queue", uuid, lambda ids: queues.by_id(reader, ids))
    return None if row is None else queue(row)
