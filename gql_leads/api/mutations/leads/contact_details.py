"""Inputs that describe the customer; shared by the mutations that create or edit leads."""

from dataclasses import fields
from typing import Any

import strawberry

from gql_leads.api.mutations.input_fields import optional, to_unset
from gql_leads.api.values.scalars import EmailAddress, PhoneNumber
from gql_leads.domain import commands


@strawberry.input(description="The person. Both addresses are judged, never refused: a typo must not lose a lead.")
class LeadContactInput:
    first_name: str | None = optional("The given name.")
    last_name: str | None = optional("The family name. Required.")
    title: str | None = optional("What they are in the company.")
    email: EmailAddress | None = optional("The e-mail address, as it was given.")
    phone: PhoneNumber | None = optional("The phone number, best with its country code.")

    def to_command(self) -> commands.ContactFields:
        """The contact as it came."""
        return commands.ContactFields(
            first_name=to_unset(self.first_name),
            last_name=to_unset(self.last_name),
            title=to_unset(self.title),
            email=to_unset(self.email),
            phone=to_unset(self.phone),
        )


def to_lead_fields(given: Any) -> commands.LeadFields:
    """Return the details in an input that has every field of `LeadFields`; a field that was left out becomes `UNSET`."""
    details: dict[str, Any] = {field.name: to_unset(getattr(given, field.name)) for field in fields(commands.LeadFields)}
    contact = details["contact"]
    return commands.LeadFields(**{**details, "contact": contact.to_command() if isinstance(contact, LeadContactInput) else contact})
