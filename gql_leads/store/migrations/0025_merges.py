"""Add the table of merged leads, and the lead that a duplicate was merged into."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from gql_leads.store.migrations._columns import AddColumn


class Migration(migrations.Migration):
    """Follow saved views."""

    dependencies = [("leads", "0024_saved_views")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        AddColumn("Lead", "duplicate_of_id", fields.UUIDField(null=True)),
        ops.CreateModel(
            name="LeadMerge",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                (
                    "duplicate",
                    fields.ForeignKeyField(
                        "leads.Lead", source_field="duplicate_id", db_constraint=True, to_field="id", related_name=False,
                        on_delete=OnDelete.CASCADE, db_index=True,
                    ),
                ),
                ("primary_id", fields.UUIDField(db_index=True)),
                ("merged_at", fields.BigIntField()),
                ("undone_at", fields.BigIntField(null=True)),
                ("before", fields.JSONField()),
                ("filled", fields.JSONField()),
                ("moved", fields.JSONField()),
            ],
            options={"table": "lead_merge", "app": "leads", "indexes": [], "pk_attr": "id"},
            bases=["Model"],
        ),
    ]  # fmt: skip
