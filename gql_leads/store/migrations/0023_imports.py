"""Add the tables of CSV imports: their progress, the uploaded files in pieces, and the errors of rows."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Follow the notifications and the times of queueing."""

    dependencies = [("leads", "0022_notifications"), ("leads", "0022_queued_at")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="LeadImport",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "leads.Member", source_field="member_id", db_constraint=True, to_field="id", related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("partner_id", fields.UUIDField(null=True)),
                ("filename", fields.CharField(max_length=255)),
                ("state", fields.CharField(max_length=16)),
                ("mapping", fields.JSONField()),
                ("delimiter", fields.CharField(null=True, max_length=1)),
                ("encoding", fields.CharField(null=True, max_length=16)),
                ("created_at", fields.BigIntField()),
                ("finished_at", fields.BigIntField(null=True)),
                ("upload_id", fields.UUIDField(null=True)),
                ("total_rows", fields.IntField(null=True)),
                ("processed_rows", fields.IntField(default=0)),
                ("created_rows", fields.IntField(default=0)),
                ("updated_rows", fields.IntField(default=0)),
                ("duplicate_rows", fields.IntField(default=0)),
                ("rejected_rows", fields.IntField(default=0)),
                ("position", fields.BigIntField(default=0)),
                ("record", fields.IntField(default=0)),
                ("last_created_at", fields.BigIntField(null=True)),
                ("last_lead_id", fields.UUIDField(null=True)),
                ("lease_id", fields.UUIDField(null=True)),
                ("leased_until", fields.BigIntField(null=True)),
            ],
            options={
                "table": "lead_import", "app": "leads", "pk_attr": "id",
                "indexes": [Index(fields=["created_at", "id"]), Index(fields=["state", "leased_until"])],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LeadImportChunk",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "lead_import",
                    fields.ForeignKeyField(
                        "leads.LeadImport", source_field="lead_import_id", db_constraint=True, to_field="id", related_name=False,
                        on_delete=OnDelete.CASCADE, db_index=True,
                    ),
                ),
                ("upload_id", fields.UUIDField()),
                ("number", fields.IntField()),
                ("data", fields.BinaryField()),
            ],
            options={
                "table": "lead_import_chunk", "app": "leads", "unique_together": (("upload_id", "number"),), "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LeadImportError",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "lead_import",
                    fields.ForeignKeyField(
                        "leads.LeadImport", source_field="lead_import_id", db_constraint=True, to_field="id", related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("row", fields.IntField()),
                ("heading", fields.TextField(null=True, unique=False)),
                ("message", fields.TextField(unique=False)),
            ],
            options={
                "table": "lead_import_error", "app": "leads", "indexes": [Index(fields=["lead_import_id", "id"])], "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]  # fmt: skip
