"""Global ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gql_leads.api.values.ids import InvalidId, encode_id, parse_id


@given(some.uuids())
def test_id_survives_encoding_and_parsing(uuid: object) -> None:
    assert parse_id(encode_id("Lead", uuid)) == ("Lead", uuid)


@given(some.text(max_size=120))
def test_other_text_is_an_invalid_id(text: str) -> None:
    with pytest.raises(InvalidId):
        parse_id(text)
