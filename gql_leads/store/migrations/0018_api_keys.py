"""Add the table of API keys, and the mark of the members as which they act."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from gql_leads.store.migrations._columns import AddColumn


class Migration(migrations.Migration):
    """Follow the history of opportunities."""

    dependencies = [("leads", "0017_opportunities")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        AddColumn("Member", "is_service", fields.BooleanField(db_default=False)),
        ops.CreateModel(
            name="ApiKey",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "leads.Member", source_field="member_id", db_constraint=True, to_field="id", related_name=False,
                        on_delete=OnDelete.CASCADE, db_index=True,
                    ),
                ),
                ("created_by_id", fields.UUIDField()),
                ("secret_hash", fields.CharField(max_length=64, unique=True)),
                ("created_at", fields.BigIntField()),
                ("expires_at", fields.BigIntField(null=True)),
                ("revoked_at", fields.BigIntField(null=True)),
                ("last_used_at", fields.BigIntField(null=True)),
            ],
            options={"table": "api_key", "app": "leads", "indexes": [], "pk_attr": "id"},
            bases=["Model"],
        ),
    ]  # fmt: skip
