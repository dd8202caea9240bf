"""Queues of unclaimed leads, and the claims from them."""

from tortoise import fields
from tortoise.models import Model

from gql_leads.store.models.columns import KeyField
from gql_leads.store.models.organization import Member, Partner


class LeadQueue(Model):
    """Leads that partners claim, first come, first served; open to every active partner unless partners are named."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=200)
    name_key = KeyField(max_length=400, unique=True)
    is_general = fields.BooleanField(default=False)
    max_open_claims = fields.IntField(null=True)
    max_claims_per_day = fields.IntField(null=True)
    created_at = fields.BigIntField()

    class Meta:
        table = "lead_queue"


class QueuePartner(Model):
    """A partner that a queue names."""

    id = fields.BigIntField(primary_key=True, generated=True)
    queue: fields.ForeignKeyRelation[LeadQueue] = fields.ForeignKeyField("leads.LeadQueue", on_delete=fields.CASCADE, related_name=False)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField(
        "leads.Partner", on_delete=fields.CASCADE, related_name=False, db_index=True
    )

    class Meta:
        table = "queue_partner"
        unique_together = (("queue", "partner"),)


class QueueUse(Model):
    """A partner's number of open claims from a queue, and of claims on the last day.

    The number of open claims always equals the number of leads that it counts.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    queue: fields.ForeignKeyRelation[LeadQueue] = fields.ForeignKeyField("leads.LeadQueue", on_delete=fields.CASCADE, related_name=False)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("leads.Partner", on_delete=fields.CASCADE, related_name=False)
    open_claims = fields.IntField(default=0)
    day = fields.BigIntField(db_default=0)
    """The midnight, in UTC, at which the last day began."""
    claims_that_day = fields.IntField(db_default=0)
    """The claims since `day`, with those of leads released later."""

    class Meta:
        table = "queue_use"
        unique_together = (("queue", "partner"),)


class Claim(Model):
    """One claim that won. It stays when the lead is released."""

    id = fields.BigIntField(primary_key=True, generated=True)
    lead_id = fields.UUIDField(db_index=True)
    queue: fields.ForeignKeyRelation[LeadQueue] = fields.ForeignKeyField("leads.LeadQueue", on_delete=fields.RESTRICT, related_name=False)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("leads.Partner", on_delete=fields.RESTRICT, related_name=False)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.RESTRICT, related_name=False)
    claimed_at = fields.BigIntField()

    class Meta:
        table = "claim"
