"""Intake keys, and what was received with them."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model


class IntakeKey(Model):
    """A secret with which web pages and marketplaces send leads; only its hash is stored."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=200)
    partner_id = fields.UUIDField(null=True, db_index=True)
    """The partner of its listing or profile; None for a key of the general queue."""
    listing_id = fields.UUIDField(null=True)
    profile_id = fields.UUIDField(null=True)
    allowed_origins: fields.Field[list[str]] = fields.JSONField()
    thank_you_url = fields.CharField(max_length=2000, null=True)
    secret_hash = fields.CharField(max_length=64, unique=True)
    created_by_id = fields.UUIDField()
    created_at = fields.BigIntField()
    last_used_at = fields.BigIntField(null=True)
    revoked_at = fields.BigIntField(null=True)

    class Meta:
        table = "intake_key"


class IntakeSubmission(Model):
    """What identifies something received with a key: the hash of its body, or of the id that its sender gave it."""

    id = fields.UUIDField(primary_key=True)
    key: fields.ForeignKeyRelation[IntakeKey] = fields.ForeignKeyField("leads.IntakeKey", on_delete=fields.CASCADE, related_name=False)
    key_id: UUID
    digest = fields.CharField(max_length=64)
    lead_id = fields.UUIDField()
    received_at = fields.BigIntField(db_index=True)

    class Meta:
        table = "intake_submission"
        unique_together = (("key_id", "digest"),)
