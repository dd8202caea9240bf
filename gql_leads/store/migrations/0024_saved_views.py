"""Add the table of saved views."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from gql_leads.store.models.columns import KeyField


class Migration(migrations.Migration):
    """Follow imports."""

    dependencies = [("leads", "0023_imports")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="SavedView",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                (
                    "owner",
                    fields.ForeignKeyField(
                        "leads.Member", source_field="owner_id", db_constraint=True, to_field="id", related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=100)),
                ("name_key", KeyField(max_length=400)),
                ("search", fields.TextField(null=True)),
                ("lead_filter", fields.JSONField(null=True)),
                ("lead_sort", fields.JSONField(null=True)),
                ("is_shared", fields.BooleanField()),
                ("position", fields.IntField()),
                ("created_at", fields.BigIntField()),
            ],
            options={"table": "saved_view", "app": "leads", "unique_together": (("owner", "name_key"),), "indexes": [], "pk_attr": "id"},
            bases=["Model"],
        ),
    ]  # fmt: skip
