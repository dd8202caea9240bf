"""Notifications, each stored once for its audience, and what members have read of them."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from gql_leads.store.models.organization import Member


class Notification(Model):
    """A notification of a member, a partner, a queue's partners or the channel managers. It holds no text."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=32)
    audience_id = fields.UUIDField()
    excluded = fields.TextField(null=True)
    """Ids of partners that are not of the audience, joined by commas."""
    admitted = fields.TextField(null=True)
    """Ids of the partners to which the queue was open before its partners changed, joined by commas: the others are not of the audience."""
    lead_id: UUID | None = fields.UUIDField(null=True, db_index=True)
    opportunity_id: UUID | None = fields.UUIDField(null=True)
    import_id: UUID | None = fields.UUIDField(null=True)
    actor_id: UUID | None = fields.UUIDField(null=True)
    created_at = fields.BigIntField(db_index=True)
    epoch = fields.IntField()
    xid = fields.BigIntField()
    number = fields.BigIntField()
    """The position of its event in the log, which is kept longer here than in the log."""

    class Meta:
        table = "notification"
        indexes = (("audience_id", "epoch", "xid", "number"),)


class NotificationMark(Model):
    """A position up to which a member has read everything; older marks keep the time of earlier ones."""

    id = fields.BigIntField(primary_key=True, generated=True)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.CASCADE, related_name=False)
    member_id: UUID
    epoch = fields.IntField()
    xid = fields.BigIntField()
    number = fields.BigIntField()
    read_at = fields.BigIntField(db_index=True)

    class Meta:
        table = "notification_mark"
        unique_together = (("member", "epoch", "xid", "number"),)


class NotificationRead(Model):
    """A notification that a member has read by itself, behind all of their marks."""

    id = fields.BigIntField(primary_key=True, generated=True)
    notification: fields.ForeignKeyRelation[Notification] = fields.ForeignKeyField(
        "leads.Notification", on_delete=fields.CASCADE, related_name=False
    )
    notification_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.CASCADE, related_name=False)
    member_id: UUID
    read_at = fields.BigIntField()

    class Meta:
        table = "notification_read"
        unique_together = (("notification", "member"),)
