"""The application context of one command: a small connection pool, no background tasks and no notifications."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from gql_leads.cli.errors import fail
from gql_leads.events import EventReader
from gql_leads.services.app_context import AppContext, system_clock
from gql_leads.services.contact_validation import ContactValidator
from gql_leads.services.sign_in.credentials import Credentials
from gql_leads.settings import Settings
from gql_leads.store.database.database import Database
from gql_leads.store.database.migrate import is_migrated, migrate
from gql_leads.store.events.cursor_codec import CursorCodec
from gql_leads.store.organization import lists as organization
from gql_leads.store.sql.rows import as_uuid


@asynccontextmanager
async def open_app_context(settings: Settings) -> AsyncIterator[AppContext]:
    """Open a context on a migrated database; fail if migrations are pending and the settings do not allow them."""
    if settings.auto_migrate:
        await migrate(settings.connection_url)
    elif not await is_migrated(settings.connection_url):
        fail("The database is not up to date. Run: gql-leads migrate")
    database = await Database.open(settings.connection_url, pool_size=2)
    contact_validator = ContactValidator(settings.dns_checks, settings.dns_timeout)
    secret, *previous = settings.secret_keys()
    try:
        yield AppContext(
            database=database, rules=settings.rules, cursor_codec=CursorCodec(secret, previous), contact_validator=contact_validator,
            event_reader=EventReader(database), credentials=Credentials.of((secret, *previous), settings.sign_in_rules),
            notify=_notify_nobody, now=system_clock, page_size=settings.page_size,
            max_page_size=settings.max_page_size, public_url=settings.public_url, import_limits=settings.import_limits,
        )  # fmt: skip
    finally:
        contact_validator.close()
        await database.close()


async def member_id_of(app: AppContext, email: str) -> UUID:
    """Return the id of the member with this address; fail if there is none."""
    row = await organization.member_by_email(app.database.reading, email)
    if row is None:
        fail(f"There is no member {email}. Make one with: gql-leads member add")
    return as_uuid(row["id"])


def _notify_nobody() -> None:
    """Send no notification: servers find the changes of a command with their next poll."""
