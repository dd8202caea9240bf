"""Cursors are deterministic, opaque, bound to their purpose, and cannot be forged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_leads.store.events.cursor_codec import CursorCodec, InvalidCursor

CODEC = CursorCodec(b"a secret of thirty-two bytes or more")
CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

payloads = st.binary(min_size=1, max_size=64)


@given(payload=payloads)
def test_decoding_returns_the_encoded_payload(payload: bytes) -> None:
    assert CODEC.decode("event", CODEC.encode("event", payload)) == payload


@given(payload=payloads)
def test_text_is_url_safe_and_the_same_in_every_process(payload: bytes) -> None:
    text = CODEC.encode("event", payload)
    assert set(text) <= set(CHARACTERS)
    assert CursorCodec(b"a secret of thirty-two bytes or more").encode("event", payload) == text


def test_texts_of_adjacent_payloads_differ_from_their_first_characters() -> None:
    one, next_one = (CODEC.encode("event", number.to_bytes(8)) for number in (1, 2))
    assert len(one) == len(next_one)
    assert one[:4] != next_one[:4]


@given(payload=payloads)
def test_text_of_another_purpose_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidCursor):
        CODEC.decode("page", CODEC.encode("event", payload))


@given(payload=payloads)
def test_text_of_another_secret_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidCursor):
        CursorCodec(b"another secret of thirty-two bytes or more").decode("event", CODEC.encode("event", payload))


@given(payload=payloads)
def test_texts_of_previous_secrets_are_decoded_and_new_ones_use_the_current_secret(payload: bytes) -> None:
    secrets = [b"the newest secret of thirty-two bytes", b"another secret of thirty-two bytes or more"]
    codec = CursorCodec(secrets[0], [secrets[1], b"a secret of thirty-two bytes or more"])
    assert codec.decode("event", CODEC.encode("event", payload)) == payload
    assert codec.decode("event", CursorCodec(secrets[1]).encode("event", payload)) == payload
    assert codec.encode("event", payload) == CursorCodec(secrets[0]).encode("event", payload)
    with pytest.raises(InvalidCursor):
        codec.decode("page", CODEC.encode("event", payload))


@given(payload=payloads, data=st.data())
def test_text_with_a_changed_character_is_refused(payload: bytes, data: st.DataObject) -> None:
    text = CODEC.encode("event", payload)
    position = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.characters().filter(lambda drawn: drawn != text[position]))
    with pytest.raises(InvalidCursor):
        CODEC.decode("event", text[:position] + character + text[position + 1 :])


@given(payload=payloads, data=st.data())
def test_text_with_added_or_removed_characters_is_refused(payload: bytes, data: st.DataObject) -> None:
    text = CODEC.encode("event", payload)
    position = data.draw(st.integers(0, len(text) - 1))
    added = data.draw(st.sampled_from(["=", "==", "\n", " ", "A", "+", "é", "\ud800"]))
    for changed in (text[:position] + added + text[position:], text + added, text[:position]):
        with pytest.raises(InvalidCursor):
            CODEC.decode("event", changed)


@given(st.text())
def test_arbitrary_texts_are_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        CODEC.decode("event", text)
