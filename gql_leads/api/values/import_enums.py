"""The enums of imports with the descriptions of their values."""

from gql_leads.api.values.enums import describe
from gql_leads.domain.imports.fields import LeadImportField
from gql_leads.domain.imports.states import ImportState

describe(
    ImportState,
    "The state of an import.",
    """
    PENDING It waits for its file.
    RUNNING Its rows are being read.
    SUCCEEDED It read every row; rejected rows are among `errors`.
    FAILED It could not read the file, or not all of it; `errors` says why.
    CANCELLED Somebody cancelled it; the rows read before are in.
    """,
)
describe(
    LeadImportField,
    "What the cells of a column are. Imports of a partner's members ignore the fields that are for administrators.",
    """
    REFERENCE The lead's reference: the row updates the lead that has it.
    EXTERNAL_REFERENCE Its id in another system, by which it is recognised when it is imported again.
    FIRST_NAME The contact's first name.
    LAST_NAME The contact's last name; without one, the part of the e-mail address before the @, else Unknown.
    FULL_NAME The contact's full name: its last word, or what is before a comma, is the last name.
    TITLE The contact's job title.
    EMAIL The contact's e-mail address.
    PHONE The contact's phone number.
    COMPANY The company.
    COMPANY_SIZE The number of employees: a CompanySize, a number or a range.
    INDUSTRY The company's industry.
    CITY The city.
    REGION The region or state.
    COUNTRY The country: its ISO code, or its name in English, French, Czech, Polish or German.
    MESSAGE The customer's request.
    LISTING_NAME The listing: its name or a marketplace's id; a name that is not known stays as the lead's `listingTitle`.
    TYPE A LeadType; without one OFFER if there is a listing, else MARKETING_QUALIFIED.
    SOURCE A LeadSource; without one IMPORT.
    CALL_TO_ACTION A CallToAction.
    STATUS A LeadStatus.
    CAMPAIGN_CODE The code of a campaign that the lead joins.
    NOTE A note by the member who imports.
    CREATED_AT For administrators: the time when the lead was created.
    CONSENT_TO_CONTACT True if the customer agreed to be contacted.
    CONSENT_TO_SHARE True if the customer agreed that the data is shared.
    CONTACT_REQUESTED True if the customer asked to be contacted, or the time when they did.
    IS_TEST True for a test lead.
    STAGE For administrators: a LeadStage.
    OUTCOME For administrators: the LeadOutcome of an archived lead.
    QUALITY For administrators: a LeadQuality; without one it is computed.
    EMAIL_VALIDITY For administrators: an EmailValidity; without one it is computed.
    PHONE_VALIDITY For administrators: a PhoneValidity; without one it is computed.
    PARTNER For administrators: the name of the partner that has the lead; without one it is routed.
    OWNER_EMAIL For administrators: the e-mail address of the owner, or their name.
    QUEUE For administrators: the name of the queue in which the lead waits.
    DEAL_NAME For administrators: the name of the deal.
    DEAL_AMOUNT For administrators: the estimated value of the deal.
    DEAL_CURRENCY For administrators: the ISO code of its currency.
    PURCHASE_TIMEFRAME For administrators: a PurchaseTimeframe.
    EXPECTED_CLOSE_DATE For administrators: the day on which the deal should be closed.
    CRM_ID For administrators: the deal's id in the partner's CRM.
    CLOSE_REASON For administrators: the CloseReason of a lead that was lost or declined.
    CLOSE_COMMENT For administrators: the comment on it.
    UPDATED_AT For administrators: the time of the last change.
    CLAIMED_AT For administrators: the time when the lead was claimed.
    ACCEPTED_AT For administrators: the time when it was accepted.
    ARCHIVED_AT For administrators: the time when it was archived.
    EXPIRES_AT For administrators: the time by which it must be answered.
    IGNORE Nothing: the column is left out.
    """,
)
