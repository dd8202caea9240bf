"""Inputs that describe the customer; shared by the mutations that create or edit leads."""

from dataclasses import fields
from typing import Any

import strawberry

from gql_leads.api.mutations.input_fields import optional, to_unset
from gql_leads.api.values.scalars import EmailAddress, PhoneNumber
from gql_leads.domain import commands


@strawberry.input(description="The contact person. E-mail and phone are checked, but never refused, so that a typo does not lose a lead.")
class LeadContactInput:
    first_name: str | None = optional("The first name.")
    last_name: str | None = optional("The last name. Required.")
    title: str | None = optional("The job title.")
    email: EmailAddress | None = optional("The e-mail address, as the customer wrote it.")
    phone: PhoneNumber | None = optional("The phone number, preferably with its country code.")

    def to_command(self) -> commands.ContactFields:
        """Return the contact part of a command."""
        return commands.ContactFields(
            first_name=to_unset(self.first_name),
            last_name=to_unset(self.last_name),
            title=to_unset(self.title),
            email=to_unset(self.email),
            phone=to_unset(self.phone),
        )


def to_lead_fields(input: Any) -> commands.LeadFields:
    """Return the lead fields of an input; those that were omitted or that it does not have become `UNSET`."""
    details: dict[str, Any] = {field.name: to_unset(getattr(input, field.name, strawberry.UNSET)) for field in fields(commands.LeadFields)}
    contact = details["contact"]
    return commands.LeadFields(**{**details, "contact": contact.to_command() if isinstance(contact, LeadContactInput) else contact})
