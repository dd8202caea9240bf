"""Mails to be sent; each is rendered when it is sent."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model


class Mail(Model):
    """A mail, written in the transaction of the change that it reports. It holds ids and no text."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=40)
    member_id: UUID | None = fields.UUIDField(null=True, db_index=True)
    """The recipient, where it is a member."""
    address = fields.CharField(max_length=254, null=True)
    """The recipient's address, where it is no member's."""
    lead_id: UUID | None = fields.UUIDField(null=True, db_index=True)
    link_id: UUID | None = fields.UUIDField(null=True)
    created_at = fields.BigIntField()
    due_at: int | None = fields.BigIntField(null=True, db_index=True)
    """Time of the next attempt; null once it was sent or given up."""
    attempts = fields.IntField(default=0)
    leased_until = fields.BigIntField(null=True)
    """Until then the mail belongs to the server that is sending it."""
    sent_at = fields.BigIntField(null=True)
    failed_at = fields.BigIntField(null=True)
    """Time at which delivery was given up."""
    error = fields.TextField(null=True)

    class Meta:
        table = "mail"
