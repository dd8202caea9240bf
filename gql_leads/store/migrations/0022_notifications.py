"""Add the tables of notifications, and the reminder of each lead's time to respond."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from gql_leads.store.migrations._columns import AddColumn

TO_REMIND = "requires_response AND deleted_at IS NULL AND (reminded_for IS NULL OR reminded_for <> expires_at)"
"""As `store.maintenance.scheduled_jobs` asks: both databases use a partial index only if its condition is written alike."""


def _to(model: str, column: str) -> Any:
    return fields.ForeignKeyField(
        f"leads.{model}", source_field=column, db_constraint=True, to_field="id", related_name=False, on_delete=OnDelete.CASCADE
    )


class Migration(migrations.Migration):
    """Follow the settings of members."""

    dependencies = [("leads", "0021_notification_settings")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        AddColumn("Lead", "reminded_for", fields.BigIntField(null=True)),
        ops.RunSQL(
            f"CREATE INDEX lead_to_remind ON lead (expires_at) WHERE stage = 'RECEIVED' AND {TO_REMIND}", "DROP INDEX lead_to_remind"
        ),
        ops.CreateModel(
            name="Notification",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=32)),
                ("audience_id", fields.UUIDField()),
                ("excluded", fields.TextField(null=True, unique=False)),
                ("admitted", fields.TextField(null=True, unique=False)),
                ("lead_id", fields.UUIDField(null=True, db_index=True)),
                ("opportunity_id", fields.UUIDField(null=True)),
                ("import_id", fields.UUIDField(null=True)),
                ("actor_id", fields.UUIDField(null=True)),
                ("created_at", fields.BigIntField(db_index=True)),
                ("epoch", fields.IntField()),
                ("xid", fields.BigIntField()),
                ("number", fields.BigIntField()),
            ],
            options={
                "table": "notification", "app": "leads", "pk_attr": "id",
                "indexes": [Index(fields=["audience_id", "epoch", "xid", "number"])],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NotificationMark",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("member", _to("Member", "member_id")),
                ("epoch", fields.IntField()),
                ("xid", fields.BigIntField()),
                ("number", fields.BigIntField()),
                ("read_at", fields.BigIntField(db_index=True)),
            ],
            options={
                "table": "notification_mark", "app": "leads", "pk_attr": "id", "indexes": [],
                "unique_together": (("member", "epoch", "xid", "number"),),
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NotificationRead",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("notification", _to("Notification", "notification_id")),
                ("member", _to("Member", "member_id")),
                ("read_at", fields.BigIntField()),
            ],
            options={
                "table": "notification_read", "app": "leads", "pk_attr": "id", "indexes": [],
                "unique_together": (("notification", "member"),),
            },
            bases=["Model"],
        ),
    ]  # fmt: skip
