"""Add the tables of webhooks and of their deliveries."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


def _reference(model: str, column: str) -> fields.Field[object]:
    return fields.ForeignKeyField(
        model, source_field=column, db_constraint=True, to_field="id", related_name=False, on_delete=OnDelete.CASCADE
    )


class Migration(migrations.Migration):
    """Follow merges."""

    dependencies = [("leads", "0025_merges")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="Webhook",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("owner", _reference("leads.Member", "owner_id")),
                ("url", fields.TextField()),
                ("kinds", fields.JSONField(null=True)),
                ("lead_filter", fields.JSONField(null=True)),
                ("secret", fields.TextField()),
                ("is_active", fields.BooleanField()),
                ("problem", fields.TextField(null=True)),
                ("failing_since", fields.BigIntField(null=True)),
                ("retry_at", fields.BigIntField(null=True)),
                ("epoch", fields.BigIntField()),
                ("xid", fields.BigIntField()),
                ("event_id", fields.BigIntField()),
                ("leased_until", fields.BigIntField(null=True)),
                ("created_at", fields.BigIntField()),
            ],
            options={"table": "webhook", "app": "leads", "indexes": [], "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("webhook", _reference("leads.Webhook", "webhook_id")),
                ("epoch", fields.BigIntField()),
                ("xid", fields.BigIntField()),
                ("event_id", fields.BigIntField()),
                ("kind", fields.CharField(max_length=40)),
                ("presence", fields.CharField(max_length=20)),
                ("lead_id", fields.UUIDField()),
                ("occurred_at", fields.BigIntField()),
                ("created_at", fields.BigIntField(db_index=True)),
                ("attempts", fields.IntField(default=0)),
                ("status_code", fields.IntField(null=True)),
                ("error", fields.TextField(null=True)),
                ("delivered_at", fields.BigIntField(null=True)),
                ("next_attempt_at", fields.BigIntField(null=True)),
            ],
            options={
                "table": "webhook_delivery", "app": "leads", "pk_attr": "id",
                "unique_together": (("webhook", "epoch", "xid", "event_id"),),
                "indexes": [Index(fields=["webhook_id", "next_attempt_at"]), Index(fields=["webhook_id", "lead_id"])],
            },
            bases=["Model"],
        ),
    ]  # fmt: skip
