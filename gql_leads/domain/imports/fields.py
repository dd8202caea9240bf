"""The fields of a lead that a column of an imported file can hold."""

from enum import StrEnum
from typing import Final


class LeadImportField(StrEnum):
    REFERENCE = "REFERENCE"
    EXTERNAL_REFERENCE = "EXTERNAL_REFERENCE"
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    FULL_NAME = "FULL_NAME"
    TITLE = "TITLE"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    COMPANY = "COMPANY"
    COMPANY_SIZE = "COMPANY_SIZE"
    INDUSTRY = "INDUSTRY"
    CITY = "CITY"
    REGION = "REGION"
    COUNTRY = "COUNTRY"
    MESSAGE = "MESSAGE"
    LISTING_NAME = "LISTING_NAME"
    TYPE = "TYPE"
    SOURCE = "SOURCE"
    CALL_TO_ACTION = "CALL_TO_ACTION"
    STATUS = "STATUS"
    CAMPAIGN_CODE = "CAMPAIGN_CODE"
    NOTE = "NOTE"
    CREATED_AT = "CREATED_AT"
    CONSENT_TO_CONTACT = "CONSENT_TO_CONTACT"
    CONSENT_TO_SHARE = "CONSENT_TO_SHARE"
    CONTACT_REQUESTED = "CONTACT_REQUESTED"
    IS_TEST = "IS_TEST"
    STAGE = "STAGE"
    OUTCOME = "OUTCOME"
    QUALITY = "QUALITY"
    EMAIL_VALIDITY = "EMAIL_VALIDITY"
    PHONE_VALIDITY = "PHONE_VALIDITY"
    PARTNER = "PARTNER"
    OWNER_EMAIL = "OWNER_EMAIL"
    QUEUE = "QUEUE"
    DEAL_NAME = "DEAL_NAME"
    DEAL_AMOUNT = "DEAL_AMOUNT"
    DEAL_CURRENCY = "DEAL_CURRENCY"
    PURCHASE_TIMEFRAME = "PURCHASE_TIMEFRAME"
    EXPECTED_CLOSE_DATE = "EXPECTED_CLOSE_DATE"
    CRM_ID = "CRM_ID"
    CLOSE_REASON = "CLOSE_REASON"
    CLOSE_COMMENT = "CLOSE_COMMENT"
    UPDATED_AT = "UPDATED_AT"
    CLAIMED_AT = "CLAIMED_AT"
    ACCEPTED_AT = "ACCEPTED_AT"
    ARCHIVED_AT = "ARCHIVED_AT"
    EXPIRES_AT = "EXPIRES_AT"
    IGNORE = "IGNORE"


F = LeadImportField
FOR_ADMINISTRATORS: Final = frozenset(
    {
        F.CREATED_AT, F.STAGE, F.OUTCOME, F.QUALITY, F.EMAIL_VALIDITY, F.PHONE_VALIDITY, F.PARTNER, F.OWNER_EMAIL, F.QUEUE, F.DEAL_NAME,
        F.DEAL_AMOUNT, F.DEAL_CURRENCY, F.PURCHASE_TIMEFRAME, F.EXPECTED_CLOSE_DATE, F.CRM_ID, F.CLOSE_REASON, F.CLOSE_COMMENT,
        F.UPDATED_AT, F.CLAIMED_AT, F.ACCEPTED_AT, F.ARCHIVED_AT, F.EXPIRES_AT,
    }
)  # fmt: skip
"""Fields that the import of a partner's member ignores: they belong to leads as their organization exported them."""
ATTRIBUTES: Final = {
    F.EXTERNAL_REFERENCE: "external_reference", F.FIRST_NAME: "first_name", F.LAST_NAME: "last_name", F.TITLE: "title",
    F.EMAIL: "email", F.PHONE: "phone", F.COMPANY: "company", F.COMPANY_SIZE: "company_size", F.INDUSTRY: "industry", F.CITY: "city",
    F.REGION: "region", F.COUNTRY: "country", F.MESSAGE: "message", F.CONSENT_TO_CONTACT: "consent_to_contact",
    F.CONSENT_TO_SHARE: "consent_to_share", F.STATUS: "status",
}  # fmt: skip
"""Attributes of the lead that the cells of a column set as they are."""
