"""Add the version of a lead that its sender sees, and the time of that change. Nothing is computed: NULL means the lead's own.

The columns are nullable, so that servers of the version before may still run.
"""

from tortoise import fields, migrations

from gql_leads.store.migrations._columns import AddColumn


class Migration(migrations.Migration):
    """After the activities."""

    dependencies = [("leads", "0013_activities")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        AddColumn("Lead", "sent_version", fields.IntField(null=True)),
        AddColumn("Lead", "sent_updated_at", fields.BigIntField(null=True)),
    ]
