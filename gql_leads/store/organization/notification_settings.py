"""What members chose about notifications and mails."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from gql_leads.domain.members import EmailFrequency, Language
from gql_leads.domain.outbox.notifications import NotificationKind
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.organization import Member
from gql_leads.store.sql.rows import encode_columns


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """The settings of one member."""

    language: Language
    preferred_email: str | None
    email_frequency: EmailFrequency
    muted_kinds: frozenset[NotificationKind]


def settings_of(member: Member) -> NotificationSettings:
    """Return the settings in a member's row."""
    muted = frozenset(NotificationKind(kind) for kind in member.muted_kinds or ())
    return NotificationSettings(Language(member.language), member.preferred_email, EmailFrequency(member.email_frequency), muted)


async def read_settings(connection: Connection, member_id: UUID) -> NotificationSettings:
    """Return the member's settings."""
    return settings_of(await Member.get(using_db=connection.client, id=member_id))


async def update_settings(connection: Connection, member_id: UUID, columns: Mapping[str, object]) -> None:
    """Update these columns of a member."""
    if columns:
        await Member.filter(id=member_id).using_db(connection.client).update(**encode_columns(columns))
