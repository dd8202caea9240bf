"""The event log, in an order in which no reader can miss an event."""

from tortoise import fields
from tortoise.models import Model


class Event(Model):
    """One change of one lead, with its images before and after, read by (epoch, xid, id)."""

    id = fields.BigIntField(primary_key=True, generated=True)
    epoch = fields.IntField()
    xid = fields.BigIntField()
    lead_id = fields.UUIDField()
    kind = fields.CharField(max_length=32)
    occurred_at = fields.BigIntField(db_index=True)
    actor_id = fields.UUIDField(null=True)
    actor_partner_id = fields.UUIDField(null=True)
    before: fields.Field[dict[str, str] | None] = fields.JSONField(null=True)
    after: fields.Field[dict[str, str]] = fields.JSONField()
    changed: fields.Field[list[str]] = fields.JSONField()
    details: fields.Field[dict[str, object] | None] = fields.JSONField(null=True)
    """Facts of the event that release 0.4 does not read; see `store.events.event_log`."""

    class Meta:
        table = "event"
        indexes = (("epoch", "xid", "id"),)


class LogState(Model):
    """One row: the log's epoch, the position up to which it was trimmed, and the database that wrote it."""

    id = fields.IntField(primary_key=True, generated=False)
    epoch = fields.IntField()
    trimmed_epoch = fields.IntField()
    trimmed_xid = fields.BigIntField()
    trimmed_id = fields.BigIntField()
    identity = fields.CharField(max_length=200, null=True)
    """Identity of the PostgreSQL database that wrote the log; another one is a restored database, see `events.epochs`."""

    class Meta:
        table = "log_state"
