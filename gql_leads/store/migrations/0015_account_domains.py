"""Add to accounts whether a member gave their domain. Existing domains were learned from addresses."""

from tortoise import fields, migrations

from gql_leads.store.migrations._columns import AddColumn


class Migration(migrations.Migration):
    """After the versions that senders see."""

    dependencies = [("leads", "0014_sent_versions")]  # noqa: RUF012  (Tortoise's names)

    operations = [AddColumn("Account", "is_domain_given", fields.BooleanField(default=False, db_default=False))]  # noqa: RUF012
