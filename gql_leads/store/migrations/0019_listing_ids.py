"""Add the ids that marketplaces know listings by."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from gql_leads.store.migrations._columns import AddColumn
from gql_leads.store.models.columns import KeyField


class Migration(migrations.Migration):
    """Follow API keys."""

    dependencies = [("leads", "0018_api_keys")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        AddColumn("Listing", "external_ids", fields.JSONField(null=True)),
        ops.CreateModel(
            name="ListingExternalId",
            fields=[
                ("key", KeyField(max_length=200, primary_key=True, unique=True, db_index=True)),
                (
                    "listing",
                    fields.ForeignKeyField(
                        "leads.Listing", source_field="listing_id", db_constraint=True, to_field="id", related_name=False,
                        on_delete=OnDelete.CASCADE, db_index=True,
                    ),
                ),
            ],
            options={"table": "listing_external_id", "app": "leads", "indexes": [], "pk_attr": "key"},
            bases=["Model"],
        ),
    ]  # fmt: skip
