"""Queues, and what may be claimed from them."""

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


@strawberry.type(description="What the viewer's partner has taken from a queue, and whether it may take more.")
class ClaimAllowance:
    open_claims: int = strawberry.field(description="Claimed leads that are neither finished nor given back.")
    claims_today: int = strawberry.field(description="Claims since midnight UTC.")
    can_claim: bool = strawberry.field(description="Whether one more claim is within the limits.")
    resets_at: DateTime = strawberry.field(description="When the day's claims are counted anew.")


@strawberry.type(description="Leads that wait for whoever claims them first.")
class LeadQueue(Node):
    name: str = strawberry.field(description="What people call it.")
    max_open_claims_per_partner: int | None = strawberry.field(
        description="How many open claims one partner may have from it. Null: no limit."
    )
    max_claims_per_partner_per_day: int | None = strawberry.field(
        description="How many leads one partner may claim from it a day, in UTC. Null: no limit."
    )
    uuid: strawberry.Private[UUID]

    @strawberry.field(description="How many leads wait in it, of those in the viewer's sight.")
    async def waiting(self, info: Info) -> int:
        reader = info.context.reader
        return await info.context.dataloader.load("waiting", self.uuid, lambda ids: queues.waiting(reader, ids)) or 0

    @strawberry.field(
        description="Who may claim from it; empty: every active partner. To a partner's member, of those named only their own."
    )
    async def partners(self, info: Info) -> list[Partner]:
        reader = info.context.reader
        rows = await info.context.dataloader.load("named", self.uuid, lambda ids: queues.named_partners(reader, ids))
        return [partner(row) for row in rows or ()]

    @strawberry.field(description="The viewer's partner's own use of its limits. Null to the vendor.")
    async def allowance(self, info: Info) -> ClaimAllowance | None:
        return await allowance_of(info.context, self.uuid)


async def allowance_of(context: Context, queue_id: UUID) -> ClaimAllowance | None:
    """The viewer's partner's use of the queue's limits."""
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
"""All of the queue in a row."""


async def queue_by_id(context: Context, uuid: UUID) -> LeadQueue | None:
    """The queue, if it is in sight."""
    reader = context.reader
    row = await context.dataloader.load("queue", uuid, lambda ids: queues.by_id(reader, ids))
    return None if row is None else queue(row)
