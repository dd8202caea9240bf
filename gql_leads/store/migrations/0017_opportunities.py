"""The history of opportunities, and why and when they were closed."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from gql_leads.store.migrations._columns import AddColumn

CLOSED = "UPDATE opportunity SET closed_at = updated_at WHERE stage IN ('CLOSED_WON', 'CLOSED_LOST')"
"""A closed opportunity was final: closing was its last change."""


class Migration(migrations.Migration):
    """Follow the tables of signing in."""

    dependencies = [("leads", "0016_sign_in")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        AddColumn("Opportunity", "close_reason", fields.CharField(max_length=32, null=True)),
        AddColumn("Opportunity", "closed_at", fields.BigIntField(null=True)),
        ops.RunSQL(CLOSED, ops.RunSQL.noop),
        ops.CreateModel(
            name="OpportunityTimelineEntry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "opportunity",
                    fields.ForeignKeyField(
                        "leads.Opportunity", source_field="opportunity_id", db_constraint=True, to_field="id", related_name=False,
                        on_delete=fields.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=32)),
                ("occurred_at", fields.BigIntField()),
                (
                    "actor",
                    fields.ForeignKeyField(
                        "leads.Member", source_field="actor_id", null=True, db_constraint=True, to_field="id", related_name=False,
                        on_delete=fields.RESTRICT,
                    ),
                ),
                ("changes", fields.JSONField()),
            ],
            options={
                "table": "opportunity_timeline_entry", "app": "leads", "pk_attr": "id",
                "indexes": [Index(fields=["opportunity_id", "id"])],
                "table_description": "One thing that happened to an opportunity, never edited.",
            },
            bases=["Model"],
        ),
    ]  # fmt: skip
