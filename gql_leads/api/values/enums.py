"""The domain's words, described for people who read the schema: one table, every value in it."""

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
from gql_leads.domain.opportunities import OpportunityAction, OpportunityStage
from gql_leads.domain.viewer import MemberRole


class SortDirection(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


_DESCRIPTIONS: Final[dict[type[StrEnum], tuple[str, str]]] = {
    LeadType: (
        "How the lead came about.",
        """
        OFFER A customer acted on a published listing (application or service).
        PROFILE A customer enquired through a partner's business profile.
        JOINT_PLANNING A vendor seller shares it to align territory planning.
        MARKETING_QUALIFIED Vendor marketing identified the customer.
        SALES_QUALIFIED A vendor seller gathered the customer's requirements and looks for the right partner.
        SHARED_MARKETING Comes from a campaign run together with the partner.
        """,
    ),
    LeadTab: (
        "The two tabs of the lead workspace by lead type, and the viewer's own marks.",
        """
        MARKETPLACE Leads of type OFFER or PROFILE.
        SALES_AND_MARKETING Leads of every other type.
        FAVORITES The leads that the viewer marked.
        """,
    ),
    LeadSource: (
        "Where the lead entered.",
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
        SELLER A vendor seller entered or referred it.
        IMPORT A file that was imported.
        API A system that is connected to this API.
        """,
    ),
    CallToAction: (
        "What the customer clicked on the listing.",
        """
        GET_IT_NOW They got the product.
        FREE_TRIAL They started a free trial.
        TEST_DRIVE They started a test drive.
        CONTACT_ME They asked to be contacted.
        """,
    ),
    LeadStatus: (
        "The follow-up status people set by hand.",
        """
        NEW Nobody has followed up yet.
        CONTACTED Somebody has been in contact with the customer.
        PURCHASED The customer has bought.
        DELIVERED What was bought has been delivered.
        """,
    ),
    LeadStage: (
        "Where the lead is in its lifecycle.",
        """
        RECEIVED It waits for an answer: in a queue, or with a partner.
        ACCEPTED The partner works on it.
        ARCHIVED It is over; `outcome` says how. This is final.
        """,
    ),
    LeadOutcome: (
        "How an archived lead ended.",
        """
        WON The deal was made.
        LOST The deal was lost after the lead had been accepted.
        DECLINED The partner did not take it.
        EXPIRED Nobody answered in time.
        CONVERTED It became an account, a contact and perhaps an opportunity.
        """,
    ),
    LeadQuality: (
        "Likelihood that the lead converts; LOW marks potential spam.",
        """
        HIGH Nothing, or not enough, speaks against it.
        LOW It is probably spam: see `qualityReasons`.
        """,
    ),
    EmailValidity: (
        "Whether mail to the address can arrive. Reachability is all that is checked, never identity or good faith.",
        """
        VALID It was checked to be deliverable.
        INVALID It cannot exist.
        SPAM Address or domain is on the list of throw-away and spam addresses.
        UNKNOWN It was not checked, or there is none.
        """,
    ),
    PhoneValidity: (
        "Whether the phone number can exist by the numbering plan of its country. Nobody is called to find out.",
        """
        VALID It fits the numbering plan.
        INVALID It cannot exist.
        UNKNOWN It could not be judged, or there is none.
        """,
    ),
    ContactUrgency: (
        "What a customer's explicit request for contact asks of the partner now.",
        """
        HOT Asked less than 72 hours ago: the flame.
        OVERDUE Asked more than 72 hours ago and still unanswered.
        """,
    ),
    ContactHiddenReason: (
        "Why the contact details of a lead are not shown to this viewer.",
        """
        UNCLAIMED The lead waits in a queue: claim it to see who it is.
        EXPIRED The lead expired unanswered.
        ERASED The person's data was removed.
        """,
    ),
    CloseReason: (
        "Why a lead was declined or lost.",
        """
        BUDGET_NOT_ADEQUATE The customer's budget is too small.
        CUSTOMER_DID_NOT_RESPOND The customer did not answer.
        CUSTOMER_CHOSE_ANOTHER_VENDOR The customer bought elsewhere.
        REQUIREMENT_NOT_MET What the customer needs is not on offer.
        NOT_A_CUSTOMER Whoever asked is no customer, such as a student or a competitor.
        TIMELINE_TOO_SHORT It cannot be done in the time the customer has.
        SPAM It is spam.
        OTHER Another reason; the comment may say which.
        """,
    ),
    CompanySize: (
        "Number of employees of the customer.",
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
        "What the viewer may do with a lead right now: what a client enables its buttons from.",
        """
        CLAIM Take the lead from its queue.
        RELEASE Put a claimed lead back into its queue.
        ACCEPT Answer the customer's interest: work on the lead.
        DECLINE Turn the lead down.
        UPDATE_STATUS Set the follow-up status.
        EDIT Change what is known of the customer and the request.
        EDIT_DEAL Change the deal.
        QUALIFY Establish the sub-steps of qualification.
        MARK_WON Archive the lead as won.
        MARK_LOST Archive the lead as lost.
        CONVERT Make an account, a contact and perhaps an opportunity of it.
        ASSIGN Give the lead to a member, a partner or a queue.
        ADD_NOTE Write a note on the lead.
        LOG_ACTIVITY Log a call, a meeting or another activity.
        DELETE Delete the lead.
        RESTORE Bring the deleted lead back.
        ERASE_CONTACT Remove the person's data.
        """,
    ),
    Requirement: (
        "What is still missing before an action is allowed.",
        """
        CUSTOMER_RESPONDED The customer has answered.
        BUDGET There is a budget.
        AUTHORITY The contact may decide.
        NEED There is a need for the product.
        TIMELINE It is known by when.
        """,
    ),
    QualityReasonCode: (
        "One thing that counted for or against a lead's quality.",
        """
        EMAIL_INVALID The e-mail address cannot exist.
        EMAIL_DISPOSABLE The e-mail address is a throw-away one.
        EMAIL_FREE_PROVIDER The e-mail address is from a free provider.
        EMAIL_MATCHES_COMPANY The e-mail address belongs to the company's domain.
        PHONE_INVALID The phone number cannot exist.
        PHONE_VALID The phone number fits its country's numbering plan.
        CONTACT_INCOMPLETE There is neither an e-mail address nor a phone number.
        ASKED_FOR_CONTACT The customer asked to be contacted.
        TRIED_THE_PRODUCT The customer got or tried the product.
        """,
    ),
    ListingKind: (
        "What a listing offers.",
        """
        APPLICATION A product to use.
        SERVICE Work that the partner does.
        """,
    ),
    PurchaseTimeframe: (
        "When the customer wants to buy.",
        """
        WITHIN_1_MONTH Within one month.
        WITHIN_3_MONTHS Within three months.
        WITHIN_6_MONTHS Within six months.
        WITHIN_12_MONTHS Within a year.
        LATER Later than in a year.
        UNKNOWN Nobody knows yet.
        """,
    ),
    SortDirection: (
        "Which way a sort runs.",
        """
        ASC Smallest, earliest, or first in the alphabet first.
        DESC Greatest, latest, or last in the alphabet first.
        """,
    ),
    LeadSortField: (
        (
            "Texts sort without regard to case, by folded code point; STATUS, STAGE and QUALITY in the order of their enum;"
            " empty and hidden values come last in both directions; ties by createdAt, newest first, then id."
        ),
        """
        CREATED_AT When the lead was made.
        UPDATED_AT When the lead was last changed.
        FIRST_NAME The contact's first name.
        LAST_NAME The contact's last name.
        COMPANY The company's name.
        LISTING_NAME The name of the listing.
        COUNTRY The country's code.
        STATUS The follow-up status.
        STAGE The stage of the lifecycle.
        QUALITY The quality.
        EXPIRES_AT When the lead expires.
        """,
    ),
    MemberRole: (
        "What a member may do.",
        """
        SALES_REP Partner: works leads, claims from queues.
        REFERRAL_ADMIN Partner: everything on the partner's leads, members and lead settings.
        BUSINESS_PROFILE_ADMIN Partner: works leads, and keeps business profiles and listings.
        CHANNEL_MANAGER Vendor: sees and steers every lead, keeps queues and assignment rules.
        SELLER Vendor: sends leads to partners and follows them.
        ADMINISTRATOR Vendor: runs the marketplace; everything but the partners' own work on leads.
        """,
    ),
    ActivityKind: (
        "What somebody does about a lead.",
        """
        CALL A phone call.
        EMAIL An e-mail.
        MEETING A meeting.
        TASK Anything else that is to be done.
        """,
    ),
    TimelineKind: (
        "One kind of thing that happens to a lead.",
        """
        CREATED The lead was made.
        REFERRED The lead was sent to a partner.
        ASSIGNED The lead was given to a member, a partner or a queue, or other partners may claim it now.
        CLAIMED A partner's member took the lead from its queue.
        RELEASED The lead went back to its queue.
        ACCEPTED The partner accepted the lead.
        DECLINED The partner declined the lead.
        EXPIRED Nobody answered in time.
        STATUS_CHANGED The follow-up status was set.
        DETAILS_CHANGED What is known of the customer or the request changed.
        DEAL_CHANGED The deal changed.
        QUALITY_CHANGED The quality was judged anew.
        CONTACT_OVERDUE The customer asked for contact 72 hours ago and is still waiting.
        QUALIFIED Sub-steps of the qualification were established, or taken back.
        WON The lead was won.
        LOST The lead was lost.
        CONVERTED The lead became an account, a contact and perhaps an opportunity.
        NOTE_ADDED Somebody wrote a note.
        ACTIVITY_LOGGED Somebody logged an activity.
        ACTIVITY_COMPLETED An activity was completed.
        CAMPAIGN_JOINED The lead became part of a campaign.
        DELETED The lead was deleted.
        RESTORED The deleted lead was brought back.
        CONTACT_ERASED The person's data was removed.
        """,
    ),
    OpportunityStage: (
        "How far an opportunity is.",
        """
        PROSPECTING The customer may be interested.
        QUALIFICATION It is being found out what they need.
        PROPOSAL They have an offer.
        NEGOTIATION The terms are being agreed on.
        CLOSED_WON They bought. Final.
        CLOSED_LOST They did not buy. Final.
        """,
    ),
    OpportunityAction: (
        "What can be done with an opportunity.",
        """
        EDIT Change what is known of it, or its stage.
        CLOSE Take it to CLOSED_WON or CLOSED_LOST.
        """,
    ),
    Presence: (
        "What the change means for a list that shows what the filter selects.",
        """
        ENTERED The lead belongs in the list from now on.
        CHANGED The lead is still in the list, and changed.
        LEFT The lead is no longer in the list.
        """,
    ),
}


def describe(enum: type[StrEnum], description: str, table: str) -> None:
    """Make a GraphQL enum of a plain one: a line of the table for each value, its name first."""
    values = dict(line.strip().split(" ", 1) for line in table.strip().splitlines())
    definition = strawberry.enum(enum, description=description).__strawberry_definition__  # type: ignore[attr-defined]
    assert values.keys() == {value.name for value in definition.values}, enum
    for value in definition.values:
        value.description = values[value.name]


for _enum, (_description, _table) in _DESCRIPTIONS.items():
    describe(_enum, _description, _table)
