"""Actions on a lead, and the requirements that may block them."""

from enum import StrEnum


class LeadAction(StrEnum):
    CLAIM = "CLAIM"
    RELEASE = "RELEASE"
    ACCEPT = "ACCEPT"
    DECLINE = "DECLINE"
    UPDATE_STATUS = "UPDATE_STATUS"
    EDIT = "EDIT"
    EDIT_DEAL = "EDIT_DEAL"
    QUALIFY = "QUALIFY"
    MARK_WON = "MARK_WON"
    MARK_LOST = "MARK_LOST"
    CONVERT = "CONVERT"
    ASSIGN = "ASSIGN"
    ADD_NOTE = "ADD_NOTE"
    LOG_ACTIVITY = "LOG_ACTIVITY"
    DELETE = "DELETE"
    RESTORE = "RESTORE"
    ERASE_CONTACT = "ERASE_CONTACT"
    MERGE = "MERGE"


class Requirement(StrEnum):
    CUSTOMER_RESPONDED = "CUSTOMER_RESPONDED"
    BUDGET = "BUDGET"
    AUTHORITY = "AUTHORITY"
    NEED = "NEED"
    TIMELINE = "TIMELINE"
