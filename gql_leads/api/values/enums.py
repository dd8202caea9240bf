"""The enums of the domain with the descriptions of their values."""

from enum import StrEnum
from typing import Final

import strawberry

from gql_leads.domain.activities import ActivityKind
from gql_leads.domain.events import Presence, TimelineKind
from gql_leads.domain.leads.actions import LeadAction, Requirement
from gql_leads.domain.leads.lead import (
    CallToAction,
    CloseReason,
    CompanySize,
    ContactHiddenReason,
    ContactUrgency,
    EmailValidity,
    LeadOutcome,
    LeadQuality,
    LeadSource,
    LeadStage,
    LeadStatus,
    LeadTab,
    LeadType,
    ListingKind,
    PhoneValidity,
    PurchaseTimeframe,
    QualityReasonCode,
)
from gql_leads.domain.leads.sorting import LeadSortField
from gql_leads.domain.members import EmailFrequency, Language
from gql_leads.domain.opportunities.events import OpportunityEventKind
from gql_leads.domain.opportunities.records import OpportunityAction, OpportunityStage
from gql_leads.domain.viewer import MemberRole


class SortDirection(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


_DESCRIPTIONS: Final[dict[type[StrEnum], tuple[str, str]]] = {
    LeadType: (
        "The type of lead.",
        """
        OFFER A customer acted on a published listing (application or service).
        PROFILE A customer contacted a partner through a business profile.
        JOINT_PLANNING A vendor's seller shares it to coordinate territory planning.
        MARKETING_QUALIFIED Vendor marketing identified the customer.
        SALES_QUALIFIED A vendor's seller gathered the customer's requirements and looks for a suitable partner.
        SHARED_MARKETING It comes from a campaign of vendor and partner.
        """,
    ),
    LeadTab: (
        "The tabs of the lead workspace.",
        """
        MARKETPLACE Leads of type OFFER or PROFILE.
        SALES_AND_MARKETING Leads of every other type.
        FAVORITES The viewer's favorites.
        """,
    ),
    LeadSource: (
        "The source of a lead.",
        """
        APP_SOURCE The marketplace for business applications.
        AZURE_MARKETPLACE The marketplace for cloud services.
        AZURE_PORTAL The marketplace inside the cloud portal.
        POWER_BI The marketplace inside the reporting tool.
        CLOUD_MARKETPLACE Another cloud marketplace.
        WEB_FORM A form on a web page.
        EVENT A trade fair or another event.
        CUSTOMER_REFERRAL Another customer recommended it.
        PARTNER A partner entered or referred it.
        SELLER A vendor's seller entered or referred it.
        IMPORT It was imported from a file.
        API Another system entered it through this API.
        """,
    ),
    CallToAction: (
        "The button that the customer clicked on the listing.",
        """
        GET_IT_NOW They got the product.
        FREE_TRIAL They started a free trial.
        TEST_DRIVE They started a test drive.
        CONTACT_ME They asked to be contacted.
        """,
    ),
    LeadStatus: (
        "The follow-up status, set by members.",
        """
        NEW There was no follow-up yet.
        CONTACTED The customer was contacted.
        PURCHASED The customer has bought.
        DELIVERED What was bought has been delivered.
        """,
    ),
    LeadStage: (
        "The stage of a lead's lifecycle.",
        """
        RECEIVED It waits for an answer, in a queue or at a partner.
        ACCEPTED The partner works on it.
        ARCHIVED It is closed, with an `outcome`. This is final.
        """,
    ),
    LeadOutcome: (
        "The outcome of an archived lead.",
        """
        WON The deal was won.
        LOST The deal was lost after the lead had been accepted.
        DECLINED The partner declined it.
        EXPIRED It was not answered in time.
        CONVERTED It was converted into an account, a contact and usually an opportunity.
        DUPLICATE It was merged into another lead.
        """,
    ),
    LeadQuality: (
        "The likelihood that a lead converts; LOW marks potential spam.",
        """
        HIGH There are no, or only minor, reasons against it.
        LOW It is probably spam; see `qualityReasons`.
        """,
    ),
    EmailValidity: (
        "The result of checking an e-mail address. Only deliverability is checked, not identity.",
        """
        VALID The syntax is right, and the domain takes mail: DNS names its mail host, it is a large provider's, or it took mail before.
        INVALID Nothing can be delivered: it is no address, its domain cannot exist, or DNS knows no mail host for it.
        SPAM The address or its domain is on the list of disposable and spam addresses.
        UNKNOWN It is missing, was not looked up, or breaks a rule of syntax although such addresses exist (`a..b@docomo.ne.jp`).
        """,
    ),
    PhoneValidity: (
        "The result of checking a phone number against the numbering plan of its country.",
        """
        VALID It fits the numbering plan of its own country code, or else of the lead's country.
        INVALID It is no phone number, or does not fit the numbering plan.
        UNKNOWN It is missing, or neither the number nor the lead says its country.
        """,
    ),
    ContactUrgency: (
        "The urgency of a customer's explicit request for contact.",
        """
        HOT The customer asked less than 72 hours ago.
        OVERDUE The customer asked more than 72 hours ago and has no answer yet.
        """,
    ),
    ContactHiddenReason: (
        "The reason why the contact details of a lead are hidden from the viewer.",
        """
        UNCLAIMED The lead waits in a queue; claim it to see the contact.
        EXPIRED The lead expired without an answer.
        ERASED The personal data was erased.
        """,
    ),
    CloseReason: (
        "The reason why a lead was declined or lost.",
        """
        BUDGET_NOT_ADEQUATE The customer's budget is too small.
        CUSTOMER_DID_NOT_RESPOND The customer did not answer.
        CUSTOMER_CHOSE_ANOTHER_VENDOR The customer bought elsewhere.
        REQUIREMENT_NOT_MET The offer does not meet the customer's requirements.
        NOT_A_CUSTOMER The person is not a customer, but e.g. a student or a competitor.
        TIMELINE_TOO_SHORT The customer's deadline is too early.
        SPAM It is spam.
        OTHER Another reason, possibly explained in the comment.
        """,
    ),
    CompanySize: (
        "The number of employees of the customer.",
        """
        EMPLOYEES_1_TO_9 1 to 9 employees.
        EMPLOYEES_10_TO_50 10 to 50 employees.
        EMPLOYEES_51_TO_250 51 to 250 employees.
        EMPLOYEES_251_TO_1000 251 to 1,000 employees.
        EMPLOYEES_1001_TO_5000 1,001 to 5,000 employees.
        EMPLOYEES_5001_TO_10000 5,001 to 10,000 employees.
        EMPLOYEES_10001_TO_20000 10,001 to 20,000 employees.
        EMPLOYEES_OVER_20000 More than 20,000 employees.
        """,
    ),
    LeadAction: (
        "The actions on a lead; clients use the allowed ones to enable buttons.",
        """
        CLAIM Claim the lead from its queue.
        RELEASE Return a claimed lead to its queue.
        ACCEPT Accept the lead.
        DECLINE Decline the lead.
        UPDATE_STATUS Set the follow-up status.
        EDIT Change the details of the customer and the request.
        EDIT_DEAL Change the deal.
        QUALIFY Confirm or revoke steps of the qualification.
        MARK_WON Archive the lead as won.
        MARK_LOST Archive the lead as lost.
        CONVERT Convert the lead into an account, a contact and usually an opportunity.
        ASSIGN Assign the lead to a member, a partner or a queue.
        ADD_NOTE Add a note to the lead.
        LOG_ACTIVITY Log a call, a meeting or another activity.
        DELETE Delete the lead.
        RESTORE Restore the deleted lead.
        ERASE_CONTACT Erase the personal data.
        MERGE Merge duplicates into this lead, or this lead into another one.
        """,
    ),
    Requirement: (
        "A step that is missing before an action is allowed.",
        """
        CUSTOMER_RESPONDED The customer has answered.
        BUDGET A budget exists.
        AUTHORITY The contact is authorised to decide.
        NEED The customer needs the product.
        TIMELINE The time frame is known.
        """,
    ),
    QualityReasonCode: (
        "A reason for or against a lead's quality.",
        """
        EMAIL_INVALID The e-mail address cannot exist.
        EMAIL_DISPOSABLE The e-mail address is disposable.
        EMAIL_FREE_PROVIDER The e-mail address is from a free provider.
        EMAIL_MATCHES_COMPANY The e-mail address belongs to the company's domain.
        PHONE_INVALID The phone number cannot exist.
        PHONE_VALID The phone number fits its country's numbering plan.
        CONTACT_INCOMPLETE Neither an e-mail address nor a phone number that can reach anybody is known.
        ASKED_FOR_CONTACT The customer asked to be contacted.
        TRIED_THE_PRODUCT The customer got or tried the product.
        """,
    ),
    ListingKind: (
        "The kind of offer of a listing.",
        """
        APPLICATION A software product.
        SERVICE A service that the partner provides.
        """,
    ),
    PurchaseTimeframe: (
        "The time within which the customer wants to buy.",
        """
        WITHIN_1_MONTH Within one month.
        WITHIN_3_MONTHS Within three months.
        WITHIN_6_MONTHS Within six months.
        WITHIN_12_MONTHS Within a year.
        LATER Later than in a year.
        UNKNOWN It is not known yet.
        """,
    ),
    SortDirection: (
        "The direction of a sort.",
        """
        ASC Ascending.
        DESC Descending.
        """,
    ),
    LeadSortField: (
        (
            "The sort key. Texts are sorted by folded code point, ignoring case; STATUS, STAGE and QUALITY in the order of"
            " their enum. Empty and hidden values come last in both directions. Ties are sorted by createdAt, newest first,"
            " then by id."
        ),
        """
        CREATED_AT The time of creation.
        UPDATED_AT The time of the last change.
        FIRST_NAME The contact's first name.
        LAST_NAME The contact's last name.
        COMPANY The company's name.
        LISTING_NAME The name of the listing.
        COUNTRY The country's code.
        STATUS The follow-up status.
        STAGE The stage of the lifecycle.
        QUALITY The quality.
        EXPIRES_AT The time of expiry.
        """,
    ),
    Language: (
        "The language of mails and pages for a member.",
        """
        EN English.
        FR French.
        CS Czech.
        PL Polish.
        """,
    ),
    EmailFrequency: (
        "How often a member is written to about leads. Invitations and links for passwords are always sent.",
        """
        AUTOMATIC Up to 10 leads a day (UTC) one by one, later ones together in one mail of the next morning.
        IMMEDIATE Always one by one.
        DAILY_DIGEST All of a day together in one mail of the next morning.
        NONE Never.
        """,
    ),
    MemberRole: (
        "The roles of members.",
        """
        SALES_REP Partner: works on leads and claims them from queues.
        REFERRAL_ADMIN Partner: manages all leads, members and lead settings of the partner.
        BUSINESS_PROFILE_ADMIN Partner: works on leads, and maintains business profiles and listings.
        CHANNEL_MANAGER Vendor: sees and assigns every lead, maintains queues and assignment rules.
        SELLER Vendor: refers leads to partners and follows them.
        ADMINISTRATOR Vendor: manages the marketplace; may do everything but the partners' own work on leads.
        """,
    ),
    ActivityKind: (
        "The kind of an activity.",
        """
        CALL A phone call.
        EMAIL An e-mail.
        MEETING A meeting.
        TASK Any other task.
        """,
    ),
    TimelineKind: (
        "The kind of event in the history of a lead.",
        """
        CREATED The lead was created.
        REFERRED The lead was referred to a partner.
        ASSIGNED The lead was assigned to a member, a partner or a queue, or the partners that may claim it changed.
        CLAIMED A partner's member claimed the lead from its queue.
        RELEASED The lead was returned to its queue.
        ACCEPTED The partner accepted the lead.
        DECLINED The partner declined the lead.
        EXPIRED It was not answered in time.
        STATUS_CHANGED The follow-up status was set.
        DETAILS_CHANGED Details of the customer or the request changed.
        DEAL_CHANGED The deal changed.
        QUALITY_CHANGED The quality was rated again, with a different result.
        CONTACT_OVERDUE The customer asked for contact 72 hours ago and has no answer yet.
        QUALIFIED Steps of the qualification were confirmed or revoked.
        WON The lead was won.
        LOST The lead was lost.
        CONVERTED The lead was converted into an account, a contact and usually an opportunity.
        NOTE_ADDED A note was added.
        NOTE_EDITED A note was edited; the entry has the former text.
        ACTIVITY_LOGGED An activity was logged.
        ACTIVITY_CHANGED An activity was rescheduled, reworded, handed over or reopened; the entry has the former values.
        ACTIVITY_COMPLETED An activity was completed.
        ACTIVITY_DELETED An activity was deleted; the entry has its values.
        CAMPAIGN_JOINED The lead was added to a campaign.
        DELETED The lead was deleted.
        RESTORED The deleted lead was restored.
        CONTACT_ERASED The personal data was erased.
        MERGED Leads were merged: duplicates into this one, or this one into another.
        UNMERGED A merge was undone.
        """,
    ),
    OpportunityStage: (
        "The sales stage of an opportunity.",
        """
        PROSPECTING The customer may be interested.
        QUALIFICATION The customer's requirements are being clarified.
        PROPOSAL The customer has an offer.
        NEGOTIATION The terms are being agreed on.
        CLOSED_WON The customer bought. Final.
        CLOSED_LOST The customer did not buy. Final.
        """,
    ),
    OpportunityEventKind: (
        "The kind of an event in the history of an opportunity. A change has one: closing is WON or LOST alone.",
        """
        CREATED The opportunity was created, by hand or from a lead.
        CHANGED Its name, amount, dates, contact or owner changed, but not its stage.
        STAGE_CHANGED It moved to another open stage.
        WON It was closed as won.
        LOST It was closed as lost.
        NOTE_ADDED A note was added.
        NOTE_EDITED A note was edited; the entry has the former text.
        ACTIVITY_LOGGED An activity was logged.
        ACTIVITY_CHANGED An activity was rescheduled, reworded, handed over or reopened; the entry has the former values.
        ACTIVITY_COMPLETED An activity was completed.
        ACTIVITY_DELETED An activity was deleted; the entry has its values.
        """,
    ),
    OpportunityAction: (
        "The actions on an opportunity.",
        """
        EDIT Edit it or change its stage.
        CLOSE Move it to CLOSED_WON or CLOSED_LOST.
        """,
    ),
    Presence: (
        "The meaning of a change for a list with the filter.",
        """
        ENTERED Add it to the list.
        CHANGED It stays in the list, but changed.
        LEFT Remove it from the list.
        """,
    ),
}


def describe(enum: type[StrEnum], description: str, table: str) -> None:
    """Turn a Python enum into a GraphQL enum; each line of the table is a value's name and its description."""
    values = dict(line.strip().split(" ", 1) for line in table.strip().splitlines())
    definition = strawberry.enum(enum, description=description).__strawberry_definition__  # type: ignore[attr-defined]
    assert values.keys() == {value.name for value in definition.values}, enum
    for value in definition.values:
        value.description = values[value.name]


for _enum, (_description, _table) in _DESCRIPTIONS.items():
    describe(_enum, _description, _table)
