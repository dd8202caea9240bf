"""Every text of the pages exists in every language."""

import pytest

from gql_leads.domain.members import Language
from gql_leads.services.sign_in.links import LinkFault
from gql_leads.services.sign_in.passwords import LONGEST, SHORTEST, PasswordFault
from gql_leads.web.password_texts import FAULTS, TEXTS, translation_of


@pytest.mark.parametrize("language", Language)
def test_every_text_is_there(language: Language) -> None:
    assert TEXTS[language].keys() == TEXTS[Language.EN].keys()
    assert FAULTS[language].keys() == {*LinkFault, *PasswordFault}
    digits = [char for char in FAULTS[language][PasswordFault.TOO_LONG] if char.isdecimal()]
    assert "".join(digits) == str(LONGEST)
    assert str(SHORTEST) in FAULTS[language][PasswordFault.TOO_SHORT]
    assert str(SHORTEST) in TEXTS[language]["password"]


def test_texts_are_translated() -> None:
    for language in set(Language) - {Language.EN}:
        assert not set(FAULTS[language].values()) & set(FAULTS[Language.EN].values())
    assert translation_of(LinkFault.EXPIRED, Language.FR) == "Ce lien a expiré. Demandez-en un nouveau."
    assert translation_of("Something else.", Language.FR) == "Something else."
