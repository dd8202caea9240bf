"""Rules for new passwords, and their hashes."""

import pytest
from argon2 import PasswordHasher

from gql_leads.domain.errors import Invalid
from gql_leads.domain.values.validation import Validator
from gql_leads.services.sign_in.passwords import Passwords, check_new_password, is_common


@pytest.mark.parametrize(
    "password", ["password", "PASSWORD", "123456789123456789", "qwertyqwerty", "PasswordPassword", "aaaaaaaaaaaa", " iloveyou "]
)
def test_common_passwords_are_recognised_also_repeated_and_in_capitals(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize("password", ["correct horse battery", "Žluťoučký kůň", "ぱすわーどぱすわーど長い", "a1b2c3d4e5f6!"])
def test_other_long_passwords_are_allowed(password: str) -> None:
    validator = Validator()
    check_new_password(validator, password, "password")
    validator.raise_if_invalid()


@pytest.mark.parametrize(("password", "words"), [("", "12"), ("elevenchars", "12"), ("x" * 1_001, "1,000"), ("passwordpassword", "common")])
def test_refusal_says_what_to_choose(password: str, words: str) -> None:
    validator = Validator()
    check_new_password(validator, password, "password")
    with pytest.raises(Invalid, match=words):
        validator.raise_if_invalid()


async def test_a_password_is_verified_however_the_keyboard_composes_it() -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    encoded = await passwords.hash("café crème brûlée")
    assert "café" not in encoded
    assert await passwords.verify(encoded, "cafe\u0301 cre\u0300me bru\u0302le\u0301e")
    for encoded_or_none, password in (
        (encoded, "cafe creme brulee"),
        (encoded, ""),
        (encoded, "x" * 100_000),
        (None, "x"),
        ("broken", "x"),
    ):
        assert not await passwords.verify(encoded_or_none, password)
