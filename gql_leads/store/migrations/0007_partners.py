"""What a partner has is listed and searched in its index alone on SQLite, whose rows are far apart; what waits is so already."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from gql_leads.store.migrations._dialects import only_on

LISTED = "partner_id, created_at, id, deleted_at, status"
OF_THE_MODEL = "idx_lead_partner_aedfc5"
"""The same without the texts, which PostgreSQL keeps: it allows none so long in an index."""
MADE = (
    f"CREATE INDEX lead_partner_present ON lead ({LISTED}, search_open, search_person) WHERE partner_id IS NOT NULL",
    f"DROP INDEX {OF_THE_MODEL}",
)
DROPPED = (
    f"CREATE INDEX {OF_THE_MODEL} ON lead ({LISTED})",
    "DROP INDEX lead_partner_present",
)


class Migration(migrations.Migration):
    """After PostgreSQL's trigrams."""

    dependencies = [("leads", "0006_grams")]  # noqa: RUF012  (Tortoise's names)

    operations = [ops.RunPython(only_on("sqlite", *MADE), only_on("sqlite", *DROPPED))]  # noqa: RUF012
