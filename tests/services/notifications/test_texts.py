"""The texts of notifications: each kind in each language, with the facts that are known."""

from datetime import UTC, datetime

import pytest

from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.members import Language
from gql_leads.domain.outbox.notifications import NotificationKind
from gql_leads.services.notifications.texts import BODIES, Facts, render

KNOWN = Facts(
    reference="L-7K3QX2", company="Contoso", listing="Ledger", partner="Acme", actor="Rita", reason=CloseReason.SPAM,
    expires_at=datetime(2026, 12, 24, 9, 30, tzinfo=UTC),
)  # fmt: skip


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", NotificationKind)
def test_every_kind_has_a_text_in_every_language(kind: NotificationKind, language: Language) -> None:
    text, nothing = render(kind, language, KNOWN), render(kind, language, Facts())
    assert text.title.endswith("Contoso")
    assert text.body.startswith("L-7K3QX2 · Contoso · Ledger.")
    assert nothing.title
    assert nothing.body
    for shown in (text.title, text.body, nothing.title, nothing.body):
        assert "\n" not in shown
        assert "{" not in shown
        assert "None" not in shown


@pytest.mark.parametrize("language", Language)
def test_every_reason_has_a_text_of_its_own_in_every_language(language: Language) -> None:
    texts = {render(NotificationKind.LEAD_DECLINED, language, Facts(partner="Acme", reason=reason)).body for reason in CloseReason}
    assert len(texts) == len(CloseReason)
    assert all("Acme" in text for text in texts)


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_texts_differ_between_languages(kind: NotificationKind) -> None:
    assert len({render(kind, language, KNOWN).title for language in Language}) == len(Language)


def test_a_sentence_about_an_unknown_fact_is_left_out() -> None:
    unknown = Facts(reference="L-7K3QX2", expires_at=KNOWN.expires_at)
    assert render(NotificationKind.MENTION, Language.EN, unknown).body == "L-7K3QX2."
    assert render(NotificationKind.RESPONSE_DUE, Language.PL, unknown).body == "L-7K3QX2. Przyjmij go lub odrzuć do 2026-12-24 09:30 (UTC)."
    assert render(NotificationKind.MENTION, Language.FR, KNOWN).title == "Vous êtes mentionné dans une note : Contoso"
