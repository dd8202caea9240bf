"""What the people of the demo say and are called."""

from typing import Final

from gql_leads.domain.activities import ActivityKind

TITLES: Final = (
    "CEO", "Head of IT", "Einkäuferin", "Directrice des achats", "Procurement Manager", "CTO",
    "开发经理", "Студент", "Owner", "IT-Leiter",
)  # fmt: skip
INDUSTRIES: Final = (
    "Retail", "Manufacturing", "Logistics", "Healthcare", "Education", "Agriculture", "Finance & Insurance",
    "Public sector", "Hospitality", "Énergie",
)  # fmt: skip
MESSAGES: Final = (
    "Please call me back this week.\nMornings are best.",
    "We have 40 shops and want to start with 3 of them.",
    "How much is it for a school?",
    "Bitte um ein Angebot für 250 Arbeitsplätze.",
    "Nous cherchons une solution hébergée en Europe.",
    "製品のデモをお願いします。",
    "=HYPERLINK(\"https://example.example\") looks odd in our old tool; can yours import it?",
    "- on premises\n- in the cloud\n- or both?",
    "Do you give 10% off, or even 15 %?",
    "Нам потрібна інтеграція з 1С та Excel.",
    "هل لديكم دعم باللغة العربية؟",
    "Our order_id field is called \"order_id\", not 'id'. Is that a problem? 😀",
)  # fmt: skip
NOTES: Final = (
    "Called, left a message.",
    "Wants a demo on Tuesday, with their accountant.",
    "Sent the price list.\nThey compare with one other vendor.",
    "Budget is decided in spring.",
    "Very friendly, knows exactly what they need.",
    "E-mail bounced; the phone works.",
    "Gespräch verschoben auf nächste Woche.",
    "Spoke with their IT: single sign-on is a must.",
    "第二次会议已安排。",
    "Asked for references from the same industry.",
)  # fmt: skip
ACTIVITIES: Final = (
    (ActivityKind.CALL, "Asked who decides"), (ActivityKind.EMAIL, "Sent the price list"), (ActivityKind.MEETING, "Vorführung im Haus"),
    (ActivityKind.CALL, "デモの日程を相談"),
)  # fmt: skip
COMMENTS: Final = (
    "They went with what they had.", "No answer after five calls.", "Zu teuer für dieses Jahr.",
    "Wanted a feature we do not have.", None, None,
)  # fmt: skip
CAMPAIGNS: Final = ("SPRING-26", "EXPO-HALL-4", "WEBINAR-12", "NEWSLETTER", None, None, None)
SPECIALISTS: Final = ("Ana Solution", "Bengt Architect", "Chiara Pre-Sales", "外部顧問")
