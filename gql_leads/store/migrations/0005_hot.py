"""The few leads whose customer waits to be contacted, for lists and counts of the hot: they are found by when that was asked, not by reading all."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """After the search."""

    dependencies = [("leads", "0004_search")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        ops.RunSQL(
            # As `criteria` says it of the urgent.
            "CREATE INDEX lead_requested_present ON lead (contact_requested_at)"
            " WHERE contact_requested_at IS NOT NULL AND stage = 'RECEIVED'",
            "DROP INDEX lead_requested_present",
        )
    ]
