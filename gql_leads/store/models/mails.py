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
    partner_id: UUID | None = fields.UUIDField(null=True)
    """The partner that the lead had reached."""
    actor_id: UUID | None = fields.UUIDField(null=True)
    """The member whose doing the mail tells; they are not told of it."""
    is_request = fields.BooleanField(db_default=False)
    """True until its recipients are found, each of whom gets a mail of their own."""
    is_digest = fields.BooleanField(db_default=False)
    """True if it is sent together with others of the recipient."""
    sent_as: UUID | None = fields.UUIDField(null=True, db_index=True)
    """The mail of a digest whose id is that of the message."""
    is_erased = fields.BooleanField(db_default=False, db_index=True)
    """True if its file is to be removed, because its lead was erased or purged."""
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


class MailCount(Model):
    """The number of mails about leads to a recipient on a day."""

    id = fields.UUIDField(primary_key=True)
    recipient = fields.CharField(max_length=64)
    """The id of a member, or the hash of an address."""
    day = fields.IntField(db_index=True)
    """Days since 1970 in UTC."""
    count = fields.IntField()

    class Meta:
        table = "mail_count"
        unique_together = (("recipient", "day"),)


class MailOptOut(Model):
    """An address of nobody who is a member, to which no more mails about leads are sent."""

    address_hash = fields.CharField(max_length=64, primary_key=True)
    opted_out_at = fields.BigIntField()

    class Meta:
        table = "mail_opt_out"
