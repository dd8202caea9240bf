"""Add the time at which a lead came back into a queue, for the ages of waiting leads; found in the history for those that wait now."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from gql_leads.store.migrations._columns import AddColumn

CAME_BACK = (
    "UPDATE lead SET queued_at = (SELECT max(e.occurred_at) FROM timeline_entry e"
    " WHERE e.lead_id = lead.id AND e.kind IN ('ASSIGNED', 'RELEASED')) WHERE queue_id IS NOT NULL"
)


class Migration(migrations.Migration):
    """Follow the settings of notifications. The column is nullable, so that servers of the version before may still run."""

    dependencies = [("leads", "0022_notifications")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        AddColumn("Lead", "queued_at", fields.BigIntField(null=True)),
        ops.RunSQL(CAME_BACK, ops.RunSQL.noop),
    ]
