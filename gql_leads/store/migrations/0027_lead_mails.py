"""Add what mails about leads need: requests, digests, counts of a day, and addresses that want none."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from gql_leads.store.migrations._columns import AddColumn


class Migration(migrations.Migration):
    """Follow webhooks."""

    dependencies = [("leads", "0026_webhooks")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        AddColumn("Mail", "partner_id", fields.UUIDField(null=True)),
        AddColumn("Mail", "actor_id", fields.UUIDField(null=True)),
        AddColumn("Mail", "is_request", fields.BooleanField(db_default=False)),
        AddColumn("Mail", "is_digest", fields.BooleanField(db_default=False)),
        AddColumn("Mail", "sent_as", fields.UUIDField(null=True, db_index=True)),
        AddColumn("Mail", "is_erased", fields.BooleanField(db_default=False, db_index=True)),
        ops.CreateModel(
            name="MailCount",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("recipient", fields.CharField(max_length=64)),
                ("day", fields.IntField(db_index=True)),
                ("count", fields.IntField()),
            ],
            options={
                "table": "mail_count", "app": "leads", "indexes": [], "unique_together": (("recipient", "day"),), "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MailOptOut",
            fields=[
                ("address_hash", fields.CharField(primary_key=True, max_length=64, unique=True, db_index=True)),
                ("opted_out_at", fields.BigIntField()),
            ],
            options={"table": "mail_opt_out", "app": "leads", "indexes": [], "pk_attr": "address_hash"},
            bases=["Model"],
        ),
    ]  # fmt: skip
