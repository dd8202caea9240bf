"""Add intake keys, and the marks of what was received with them."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Follow the ids of listings."""

    dependencies = [("leads", "0019_listing_ids")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="IntakeKey",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(max_length=200)),
                ("partner_id", fields.UUIDField(null=True, db_index=True)),
                ("listing_id", fields.UUIDField(null=True)),
                ("profile_id", fields.UUIDField(null=True)),
                ("allowed_origins", fields.JSONField()),
                ("thank_you_url", fields.CharField(max_length=2000, null=True)),
                ("secret_hash", fields.CharField(max_length=64, unique=True)),
                ("created_by_id", fields.UUIDField()),
                ("created_at", fields.BigIntField()),
                ("last_used_at", fields.BigIntField(null=True)),
                ("revoked_at", fields.BigIntField(null=True)),
            ],
            options={"table": "intake_key", "app": "leads", "indexes": [], "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IntakeSubmission",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                (
                    "key",
                    fields.ForeignKeyField(
                        "leads.IntakeKey", source_field="key_id", db_constraint=True, to_field="id", related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("digest", fields.CharField(max_length=64)),
                ("lead_id", fields.UUIDField()),
                ("received_at", fields.BigIntField(db_index=True)),
            ],
            options={
                "table": "intake_submission", "app": "leads", "indexes": [], "unique_together": (("key_id", "digest"),), "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]  # fmt: skip
