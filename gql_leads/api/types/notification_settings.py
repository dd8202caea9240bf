"""What the viewer has chosen about notifications and mails."""

import strawberry

from gql_leads.api.resolving.context import Context
from gql_leads.api.values import notification_enums  # noqa: F401 - an enum must be described before a type names it
from gql_leads.api.values.scalars import EmailAddress
from gql_leads.domain.members import EmailFrequency, Language
from gql_leads.domain.outbox.notifications import NotificationKind
from gql_leads.store.organization.notification_settings import read_settings


@strawberry.type(description="What a member has chosen about notifications and mails.")
class NotificationSettings:
    language: Language = strawberry.field(description="The language of mails and notifications.")
    preferred_email: EmailAddress | None = strawberry.field(
        description="The address for mails about leads; null for the one with which the member signs in, to which links for passwords go."
    )
    email_frequency: EmailFrequency = strawberry.field(description="How often mails about leads are sent.")
    muted_kinds: list[NotificationKind] = strawberry.field(
        description="The kinds of which the member wants neither notifications nor mails."
    )


async def settings_of_viewer(context: Context) -> NotificationSettings:
    """Return the viewer's settings."""
    settings = await read_settings(context.connection, context.viewer.member_id)
    email = settings.preferred_email
    return NotificationSettings(
        language=settings.language,
        preferred_email=None if email is None else EmailAddress(email),
        email_frequency=settings.email_frequency,
        muted_kinds=sorted(settings.muted_kinds),
    )
