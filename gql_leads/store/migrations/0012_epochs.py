"""Add the identity of the PostgreSQL database to the event log's state, by which a restored database is recognized."""

from tortoise import fields, migrations

from gql_leads.store.migrations._columns import AddColumn


class Migration(migrations.Migration):
    """After the masked messages."""

    dependencies = [("leads", "0011_masked_messages")]  # noqa: RUF012  (Tortoise's names)

    operations = [AddColumn("LogState", "identity", fields.CharField(max_length=200, null=True))]  # noqa: RUF012
