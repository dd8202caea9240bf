"""The mutation that changes what the viewer has chosen about notifications and mails."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import optional, to_unset
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.notification_settings import NotificationSettings, settings_of_viewer
from gql_leads.api.values.scalars import EmailAddress
from gql_leads.domain.members import EmailFrequency, Language
from gql_leads.domain.outbox.notifications import NotificationKind
from gql_leads.services.notifications import settings


@strawberry.input(description="Changes to the viewer's settings. Omitted fields stay.")
class UpdateNotificationSettingsInput:
    language: Language | None = optional("The language of mails and notifications.")
    preferred_email: EmailAddress | None = optional("The address for mails about leads; null for the one with which the member signs in.")
    email_frequency: EmailFrequency | None = optional("How often mails about leads are sent.")
    muted_kinds: list[NotificationKind] | None = optional("All kinds of which neither notifications nor mails are wanted.")

    def to_command(self) -> settings.UpdateNotificationSettings:
        """Return the command for the service."""
        return settings.UpdateNotificationSettings(
            language=to_unset(self.language),
            preferred_email=to_unset(self.preferred_email),
            email_frequency=to_unset(self.email_frequency),
            muted_kinds=to_unset(self.muted_kinds),
        )


@payload
class UpdateNotificationSettingsPayload(Payload):
    settings: NotificationSettings | None = strawberry.field(description="The settings; null if the mutation was refused.")


@strawberry.type
class NotificationSettingsMutations:
    @mutation("Change the language, address and frequency of the viewer's mails, and the kinds of notifications that they do not want.")
    async def update_notification_settings(
        self, info: Info, input: Annotated[UpdateNotificationSettingsInput, INPUT]
    ) -> UpdateNotificationSettingsPayload | None:
        await settings.update_notification_settings(info.context.app, info.context.viewer, input.to_command())
        return UpdateNotificationSettingsPayload(errors=[], settings=await settings_of_viewer(info.context))
