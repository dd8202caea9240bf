"""Board columns: one for each value of a grouping, in the order of the work."""

from enum import StrEnum
from typing import Final

from gql_leads.domain.leads.lead import LeadQuality, LeadStage, LeadStatus


class LeadBoardGrouping(StrEnum):
    STATUS = "STATUS"
    STAGE = "STAGE"
    QUALITY = "QUALITY"
    OWNER = "OWNER"
    LISTING = "LISTING"


ENUM_COLUMNS: Final[dict[LeadBoardGrouping, tuple[StrEnum, ...]]] = {
    LeadBoardGrouping.STATUS: tuple(LeadStatus),
    LeadBoardGrouping.STAGE: tuple(LeadStage),
    LeadBoardGrouping.QUALITY: tuple(LeadQuality),
}
"""Columns of groupings by an enum, shown even if empty. Columns of other groupings are shown if they have leads."""

MOST_COLUMNS: Final = 100
"""Maximum number of columns of other groupings, the fullest first. The column of leads without a value is added to them."""
