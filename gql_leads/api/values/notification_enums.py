"""The enums of notifications with the descriptions of their values."""

from gql_leads.api.values.enums import describe
from gql_leads.domain.outbox.notifications import NotificationKind

describe(
    NotificationKind,
    "The kind of a notification.",
    """
    NEW_LEAD A lead reached your partner, or a queue that is open to it.
    HOT_LEAD The same with a lead whose customer asked to be contacted now; or a lead became so.
    RESPONSE_DUE A lead expires within 3 days unless it is accepted or declined.
    LEAD_EXPIRED A lead that you sent, or that no sender follows, expired without an answer.
    LEAD_ASSIGNED A lead was assigned to you or to your partner.
    LEAD_DECLINED A lead that you sent, or that no sender follows, was declined by its partner.
    MENTION A note mentions you.
    IMPORT_FINISHED An import that you started has finished.
    """,
)
