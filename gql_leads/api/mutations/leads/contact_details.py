"""Inputs that describe the customer; shared by the mutations that create or edit leads."""

from dataclasses import fields
from typing import Any

import strawberry

from gql_leads.api.mutations.input_fields import left, optional
from gql_leads.api.values.scalars import EmailAddress, PhoneNumber
from gql_leads.domain import commands


@strawberry.input(description="The person. Both addresses are judged, never refused: a typo must not lose a lead.")
class LeadContactInput:
    first_name: str | None = optional("The given name.")
    last_name: str | None = optional("The family name. Required.")
    title: str | None = optional("What they are in the company.")
    email: EmailAddress | None = optional("The e-mail address, as it was given.")
    phone: PhoneNumber | None = optional("The phone number, best with its country code.")

    def given(self) -> commands.ContactFields:
        """The contact as it came."""
        return commands.ContactFields(
            first_name=left(self.first_name),
            last_name=left(self.last_name),
            title=left(self.title),
            email=left(self.email),
            phone=left(self.phone),
        )


def details_of(given: Any) -> commands.LeadFields:
    """Return the details in an input that has every field of `LeadFields`; a field that was left out becomes `UNSET`."""
    details: dict[str, Any] = {field.name: left(getattr(given, field.name)) for field in fields(commands.LeadFields)}
    contact = details["contact"]
    return commands.LeadFields(**{**details, "contact": contact.given() if isinstance(contact, LeadContactInput) else contact})
