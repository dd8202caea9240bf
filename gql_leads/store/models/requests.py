"""Idempotency keys of requests."""

from tortoise import fields
from tortoise.models import Model

from gql_leads.store.models.organization import Member


class IdempotencyKey(Model):
    """A member's key, what it was used for, and the id of what was made: never a payload."""

    id = fields.BigIntField(primary_key=True, generated=True)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.CASCADE, related_name=False)
    key = fields.CharField(max_length=200)
    digest = fields.CharField(max_length=64)
    made_id = fields.UUIDField(null=True)
    created_at = fields.BigIntField(db_index=True)

    class Meta:
        table = "idempotency_key"
        unique_together = (("member", "key"),)
