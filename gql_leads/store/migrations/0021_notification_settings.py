"""Add what members choose about notifications and mails."""

from tortoise import fields, migrations

from gql_leads.store.migrations._columns import AddColumn


class Migration(migrations.Migration):
    """Follow intake keys."""

    dependencies = [("leads", "0020_intake_keys")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        AddColumn("Member", "preferred_email", fields.CharField(max_length=254, null=True)),
        AddColumn("Member", "email_frequency", fields.CharField(max_length=20, db_default="AUTOMATIC")),
        AddColumn("Member", "muted_kinds", fields.JSONField(null=True)),
    ]
