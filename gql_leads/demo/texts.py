"""Texts of the demo: customers' messages and titles by language, and members' notes and comments."""

from dataclasses import dataclass
from typing import Final

from gql_leads.domain.activities import ActivityKind
from gql_leads.domain.leads.lead import CloseReason


@dataclass(frozen=True, slots=True)
class Language:
    """Job titles, messages that anybody can send, and messages of a company."""

    titles: tuple[str, ...]
    messages: tuple[str, ...]
    company_messages: tuple[str, ...]


LANGUAGES: Final = {
    "en": Language(
        ("CEO", "Head of IT", "Procurement Manager", "CTO", "Operations Manager", "Owner"),
        ("Please call me back this week.\nMornings are best.", "How much is it for one person?", "Is there a free trial?",
         "Where is the data stored, and who can see it?"),
        ("We have 40 branches and want to start with 3 of them.", "Do you offer a discount for a contract of three years?",
         "We need single sign-on with our own directory. Is that included?", "Could you show it to our finance team next week?",
         "We are replacing an old system before the end of the year. How long does the migration take?",
         "Does it connect to our ERP, and do you have a customer of our size as a reference?",
         "Our auditors ask for ISO 27001. Please send the certificate with the offer.",
         "We need:\n- 250 users\n- training on site\n- support in the evening"),
    ),
    "de": Language(
        ("Geschäftsführer", "IT-Leiterin", "Einkäuferin", "Leiter Controlling"),
        ("Bitte rufen Sie mich am Vormittag zurück.", "Gibt es eine kostenlose Testversion?"),
        ("Bitte um ein Angebot für 250 Arbeitsplätze.", "Wir möchten noch dieses Jahr umstellen. Wie lange dauert die Einführung?",
         "Unterstützen Sie die Schnittstelle zu unserer Buchhaltung?", "Werden die Daten in Deutschland gespeichert?"),
    ),
    "fr": Language(
        ("Directrice des achats", "Directeur général", "Responsable informatique"),
        ("Merci de me rappeler cette semaine, de préférence le matin.", "Existe-t-il une version d'essai ?"),
        ("Nous cherchons une solution hébergée en Europe.", "Pouvez-vous nous envoyer un devis pour 60 utilisateurs ?",
         "Nous aimerions une démonstration pour notre équipe comptable."),
    ),
    "es": Language(
        ("Directora general", "Responsable de compras", "Jefe de informática"),
        ("Por favor, llámenme esta semana.", "¿Cuánto cuesta para una sola persona?"),
        ("Necesitamos un presupuesto para 80 usuarios.", "¿Se integra con nuestro programa de facturación?",
         "Queremos empezar en enero. ¿Cuánto tarda la implantación?"),
    ),
    "pt": Language(
        ("Diretora financeira", "Gerente de TI", "Responsável de compras"),
        ("Podem ligar-me esta semana, por favor?", "Há uma versão de teste gratuita?"),
        ("Precisamos de uma proposta para 120 utilizadores.", "O suporte é em português?", "Qual é o prazo de implementação?"),
    ),
    "sv": Language(
        ("VD", "IT-chef", "Inköpare"),
        ("Ring mig gärna på förmiddagen.",),
        ("Vi vill ha en offert för 45 användare.", "Kan vi få en visning nästa vecka?"),
    ),
    "da": Language(
        ("Direktør", "IT-chef", "Indkøber"),
        ("Ring venligst til mig i morgen.",),
        ("Vi vil gerne have et tilbud på 30 brugere.", "Kan løsningen tale med vores regnskabssystem?"),
    ),
    "pl": Language(
        ("Dyrektor", "Kierownik IT", "Specjalistka ds. zakupów"),
        ("Proszę o telefon w tym tygodniu.",),
        ("Prosimy o ofertę dla 70 użytkowników.", "Czy system obsługuje faktury ustrukturyzowane?"),
    ),
    "cs": Language(
        ("Jednatel", "Vedoucí IT", "Nákupčí"),
        ("Zavolejte mi prosím tento týden.",),
        ("Prosíme o nabídku pro 50 uživatelů.", "Jak dlouho trvá zavedení?"),
    ),
    "tr": Language(
        ("Genel Müdür", "Bilgi İşlem Müdürü", "Satın Alma Uzmanı"),
        ("Lütfen beni bu hafta arayın.",),
        ("200 kullanıcı için teklif rica ediyoruz.", "Ürünü muhasebe ekibimize gösterebilir misiniz?"),
    ),
    "hu": Language(
        ("Ügyvezető", "Informatikai vezető", "Beszerző"),
        ("Kérem, hívjon vissza a héten.",),
        ("Árajánlatot kérünk 40 felhasználóra.", "Van magyar nyelvű támogatás?"),
    ),
    "is": Language(
        ("Framkvæmdastjóri", "Kerfisstjóri"),
        ("Vinsamlegast hringið í mig í vikunni.",),
        ("Við viljum fá tilboð fyrir 15 notendur.", "Er hægt að fá kynningu fyrir teymið okkar?"),
    ),
    "vi": Language(
        ("Giám đốc", "Trưởng phòng CNTT", "Nhân viên mua hàng"),
        ("Vui lòng gọi lại cho tôi trong tuần này.",),
        ("Chúng tôi cần báo giá cho 90 người dùng.", "Phần mềm có hỗ trợ tiếng Việt không?"),
    ),
    "uk": Language(
        ("Директорка", "Керівник ІТ-відділу", "Менеджер із закупівель"),
        ("Зателефонуйте мені, будь ласка, цього тижня.",),
        ("Нам потрібна інтеграція з бухгалтерією та Excel.", "Надішліть, будь ласка, пропозицію на 35 користувачів."),
    ),
    "bg": Language(
        ("Управител", "Ръководител ИТ"),
        ("Моля, обадете ми се тази седмица.",),
        ("Молим за оферта за 20 потребители.", "Има ли поддръжка на български?"),
    ),
    "sr": Language(
        ("Директорка", "Руководилац ИТ"),
        ("Молим вас да ме позовете ове недеље.",),
        ("Потребна нам је понуда за 25 корисника.", "Колико траје увођење?"),
    ),
    "el": Language(
        ("Διευθύντρια", "Υπεύθυνος πληροφορικής"),
        ("Παρακαλώ τηλεφωνήστε μου αυτή την εβδομάδα.",),
        ("Θέλουμε προσφορά για 55 χρήστες.", "Συνδέεται με το λογιστικό μας πρόγραμμα;"),
    ),
    "zh": Language(
        ("总经理", "信息技术主管", "采购经理"),
        ("请本周给我回电话。",),
        ("请提供300个用户的报价。", "系统能与我们的财务软件对接吗？"),
    ),
    "zh-Hant": Language(
        ("總經理", "資訊主管", "採購經理"),
        ("請於本週回電。",),
        ("請提供150位使用者的報價。", "可以安排產品示範嗎？"),
    ),
    "ja": Language(
        ("代表取締役", "情報システム部長", "購買担当"),
        ("今週中にお電話をお願いします。",),
        ("製品のデモをお願いします。", "100名分の見積もりをいただけますか。", "導入までの期間を教えてください。"),
    ),
    "ko": Language(
        ("대표이사", "IT 팀장", "구매 담당"),
        ("이번 주에 전화 부탁드립니다.",),
        ("사용자 80명 기준 견적을 부탁드립니다.", "회계 시스템과 연동되나요?"),
    ),
    "ar": Language(
        ("المدير العام", "مدير تقنية المعلومات", "مسؤولة المشتريات"),
        ("أرجو الاتصال بي هذا الأسبوع.", "هل توجد نسخة تجريبية؟"),
        ("هل لديكم دعم باللغة العربية؟", "نحتاج إلى عرض سعر لستين مستخدمًا."),
    ),
    "he": Language(
        ("מנכ״לית", "מנהל מערכות מידע"),
        ("אנא התקשרו אליי השבוע.",),
        ("נשמח לקבל הצעת מחיר ל־40 משתמשים.", "האם יש תמיכה בעברית?"),
    ),
    "th": Language(
        ("กรรมการผู้จัดการ", "ผู้จัดการฝ่ายไอที"),
        ("กรุณาโทรกลับภายในสัปดาห์นี้",),
        ("ขอใบเสนอราคาสำหรับผู้ใช้ 65 คน", "มีทีมสนับสนุนภาษาไทยหรือไม่"),
    ),
}  # fmt: skip
HOSTILE_MESSAGES: Final = (
    "=HYPERLINK(\"https://example.example\") looks odd in our old tool; can yours import it?",
    "- on premises\n- in the cloud\n- or both?",
    "Do you give 10% off, or even 15 %?",
    "Our order_id field is called \"order_id\", not 'id'. Is that a problem? 😀",
)  # fmt: skip
"""Messages with formula, wildcard, quote and markup characters."""
HOSTILE_COMPANIES: Final = (
    "100% Bio Inc", "snake_case Labs LLC", 'Contoso "Coffee" Co', "A*Star Logistics", "Fish 50% Chips Ltd", "Öko_Haus AG",
)  # fmt: skip
"""Company names with wildcard and quote characters."""
NOTES: Final = (
    "Called, left a message.",
    "Wants a demo on Tuesday, with their accountant.",
    "Sent the price list.\nThey compare with one other vendor.",
    "Budget is decided in spring.",
    "Very friendly, knows exactly what they need.",
    "E-mail bounced; the phone works.",
    "Moved the meeting to next week.",
    "Spoke with their IT: single sign-on is a must.",
    "The second meeting is arranged.",
    "Asked for references from the same industry.",
)  # fmt: skip
ACTIVITIES: Final = (
    (ActivityKind.CALL, "Asked who decides"), (ActivityKind.EMAIL, "Sent the price list"), (ActivityKind.MEETING, "Demo at their office"),
    (ActivityKind.CALL, "Agreed on a date for the demo"),
)  # fmt: skip
COMMENTS: Final[dict[CloseReason, tuple[str | None, ...]]] = {
    CloseReason.BUDGET_NOT_ADEQUATE: ("Too expensive for this year.", "The budget was cut.", None),
    CloseReason.CUSTOMER_DID_NOT_RESPOND: ("No answer after five calls.", "Two mails and a letter, no reply.", None),
    CloseReason.CUSTOMER_CHOSE_ANOTHER_VENDOR: ("They stay with their current vendor.", "A competitor was there first.", None),
    CloseReason.REQUIREMENT_NOT_MET: ("Wanted a feature that we do not have.", "They need it on their own servers.", None),
    CloseReason.NOT_A_CUSTOMER: ("A student who writes a thesis.", "They offer their own services.", None),
    CloseReason.TIMELINE_TOO_SHORT: ("They need it running next week.", None),
    CloseReason.SPAM: ("Advertising.", "The same text came five times.", None),
    CloseReason.OTHER: ("The project was stopped.", "The contact left the company."),
}
SPECIALISTS: Final = ("Ana Sousa", "Bengt Lund", "Chiara Riva", "田中 誠")
