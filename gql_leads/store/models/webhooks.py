"""Webhooks, and what was delivered to them."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from gql_leads.store.models.organization import Member


class Webhook(Model):
    """A URL to which events are delivered, as its owner sees them, from a position in the event log on."""

    id = fields.UUIDField(primary_key=True)
    owner: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.CASCADE, related_name=False)
    owner_id: UUID
    url = fields.TextField()
    kinds: fields.Field[Any] = fields.JSONField(null=True)
    lead_filter: fields.Field[Any] = fields.JSONField(null=True)
    """The LeadFilter as the client wrote it."""
    secret = fields.TextField()
    """The secret, encrypted with the server's."""
    is_active = fields.BooleanField()
    problem: str | None = fields.TextField(null=True)
    """The reason for which it was paused, or what it skipped."""
    failing_since: int | None = fields.BigIntField(null=True)
    """Time of the first failure after the last success."""
    retry_at: int | None = fields.BigIntField(null=True)
    """Time of the next attempt of one that was paused because of failures; null for others."""
    epoch = fields.BigIntField()
    """The columns of the position up to which events were read."""
    xid = fields.BigIntField()
    event_id = fields.BigIntField()
    leased_until: int | None = fields.BigIntField(null=True)
    """Until then the webhook belongs to the server that is delivering."""
    created_at = fields.BigIntField()

    class Meta:
        table = "webhook"


class WebhookDelivery(Model):
    """One event that is or was delivered to a webhook. It holds no content of the lead."""

    id = fields.UUIDField(primary_key=True)
    webhook: fields.ForeignKeyRelation[Webhook] = fields.ForeignKeyField("leads.Webhook", on_delete=fields.CASCADE, related_name=False)
    webhook_id: UUID
    epoch = fields.BigIntField()
    xid = fields.BigIntField()
    event_id = fields.BigIntField()
    kind = fields.CharField(max_length=40)
    presence = fields.CharField(max_length=20)
    lead_id = fields.UUIDField()
    occurred_at = fields.BigIntField()
    created_at = fields.BigIntField(db_index=True)
    attempts = fields.IntField(default=0)
    status_code: int | None = fields.IntField(null=True)
    error: str | None = fields.TextField(null=True)
    delivered_at: int | None = fields.BigIntField(null=True)
    next_attempt_at: int | None = fields.BigIntField(null=True)
    """Null once it was delivered or given up."""

    class Meta:
        table = "webhook_delivery"
        unique_together = (("webhook", "epoch", "xid", "event_id"),)
        indexes = (("webhook_id", "next_attempt_at"), ("webhook_id", "lead_id"))
