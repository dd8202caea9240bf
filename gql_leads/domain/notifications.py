"""Notifications: their kinds."""

from enum import StrEnum


class NotificationKind(StrEnum):
    NEW_LEAD = "NEW_LEAD"
    HOT_LEAD = "HOT_LEAD"
    RESPONSE_DUE = "RESPONSE_DUE"
    LEAD_EXPIRED = "LEAD_EXPIRED"
    LEAD_ASSIGNED = "LEAD_ASSIGNED"
    LEAD_DECLINED = "LEAD_DECLINED"
    MENTION = "MENTION"
    IMPORT_FINISHED = "IMPORT_FINISHED"
