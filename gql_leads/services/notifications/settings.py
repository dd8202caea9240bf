"""Settings of members for notifications and mails: language, address, frequency and unwanted kinds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gql_leads.domain.errors import NotPermitted
from gql_leads.domain.members import EmailFrequency, Language
from gql_leads.domain.outbox.notifications import NotificationKind
from gql_leads.domain.values.validation import UNSET, Unset, Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.contact_validation import check_reachable
from gql_leads.store.organization import notification_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateNotificationSettings:
    """The input of `updateNotificationSettings`, not validated yet; `UNSET` stands for fields that were left out."""

    language: Language | Unset | None = UNSET
    preferred_email: str | Unset | None = UNSET
    email_frequency: EmailFrequency | Unset | None = UNSET
    muted_kinds: Sequence[NotificationKind] | Unset | None = UNSET


async def update_notification_settings(app: AppContext, viewer: Viewer, wanted: UpdateNotificationSettings) -> None:
    """Change the viewer's settings."""
    if viewer.is_service:
        raise NotPermitted("An API key gets no mails. Sign in as a member for that.")
    validator = Validator()
    email = wanted.preferred_email
    kinds = wanted.muted_kinds
    columns: dict[str, Any] = {
        "language": validator.required(wanted.language, "language"),
        "preferred_email": email if isinstance(email, Unset) else check_reachable(validator, email, "preferredEmail"),
        "email_frequency": validator.required(wanted.email_frequency, "emailFrequency"),
        "muted_kinds": kinds if isinstance(kinds, Unset) else sorted(set(kinds or ())),
    }
    validator.raise_if_invalid()
    async with app.unit_of_work(viewer) as uow:
        written = {name: value for name, value in columns.items() if value is not UNSET}
        await notification_settings.update_settings(uow.connection, viewer.member_id, written)
