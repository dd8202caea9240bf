"""The JSON that marketplaces push for each lead.

    {"ActionCode": "INS", "OfferTitle": "Ledger", "LeadSource": "AzureMarketplace-INS|acme.ledger",
     "UserDetails": {"FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.com", "Phone": "…", "Country": "GB", "Company": "…",
                     "Title": "…"}}

Names are compared without case. Nobody reads a refusal, so only a body that is no such object is refused.
"""

from collections.abc import Mapping
from typing import Any, Final

from gql_leads.domain.commands import ContactFields
from gql_leads.domain.leads.lead import CallToAction, LeadSource
from gql_leads.intake.bodies import Unreadable, text_of
from gql_leads.services.intake.submissions import Submission

_SOURCES: Final = {
    "azuremarketplace": LeadSource.AZURE_MARKETPLACE, "azureportal": LeadSource.AZURE_PORTAL, "spza": LeadSource.APP_SOURCE,
    "appsource": LeadSource.APP_SOURCE, "testdrive": LeadSource.AZURE_MARKETPLACE,
}  # fmt: skip
_ACTIONS: Final = {
    "ins": CallToAction.GET_IT_NOW, "create": CallToAction.GET_IT_NOW, "plt": CallToAction.CONTACT_ME,
    "starttestdrive": CallToAction.TEST_DRIVE,
}  # fmt: skip
NO_CONSENT: Final = "dnc"
"""The action of a customer whose lead another partner has: this one may not contact them."""


def submission_of_push(body: Mapping[str, Any]) -> Submission:
    """Return the submission of a push; raise Unreadable for a body that is none."""
    fields = {name.lower(): value for name, value in body.items()}
    user = fields.get("userdetails")
    if not isinstance(user, Mapping):
        raise Unreadable(422, "Send UserDetails, an object with the customer's FirstName, LastName and Email.")
    person = {name.lower(): _text(value) for name, value in user.items()}
    if not any(text.strip() for text in person.values()):
        raise Unreadable(422, "Send the customer's LastName or Email in UserDetails.")
    source, _, offer = _text(fields.get("leadsource")).partition("|")
    marketplace, _, action = source.strip().lower().rpartition("-") if "-" in source else (source.strip().lower(), "", "")
    action = _text(fields.get("actioncode")).strip().lower() or action
    call = CallToAction.TEST_DRIVE if marketplace == "testdrive" else _ACTIONS.get(action)
    activity = _text(fields.get("activityid")).strip()
    texts = {"company": person.get("company", ""), "country": person.get("country", ""), "message": _text(fields.get("description"))}
    return Submission(
        contact=ContactFields(
            first_name=person.get("firstname", ""), last_name=person.get("lastname", ""), title=person.get("title", ""),
            email=person.get("email", ""), phone=person.get("phone", ""),
        ),
        texts={name: text for name, text in texts.items() if text.strip()},
        source=_SOURCES.get(marketplace, LeadSource.CLOUD_MARKETPLACE),
        call_to_action=call,
        contact_requested=call is CallToAction.CONTACT_ME,
        consent_to_contact=action != NO_CONSENT,
        offer_id=offer.strip() or None,
        offer_title=_text(fields.get("offertitle")).strip() or None,
        identities=(activity,) if activity else (),
        is_lenient=True,
    )  # fmt: skip


def _text(value: Any) -> str:
    """Return a value as text; a list or an object, which no field has, as an empty one."""
    try:
        return text_of(value, "")
    except Unreadable:
        return ""
