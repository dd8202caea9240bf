"""Values are encoded as column values and decoded from them without loss."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest

from gql_leads.domain.leads.lead import LeadStage, LeadStatus
from gql_leads.store.sql.rows import (
    as_uuid,
    decode,
    decode_json,
    encode,
    encode_all,
    encode_columns,
    from_millis,
    grouped,
    reader,
    to_json,
    to_millis,
    uuid_or_none,
)

KEY, OTHER = UUID("018f0000-0000-7000-8000-000000000001"), UUID("018f0000-0000-7000-8000-000000000002")
NOON = datetime(2026, 11, 21, 12, 0, 0, 250_000, UTC)
NOON_MILLIS = 1_795_262_400_250


@dataclass(frozen=True, slots=True)
class Address:
    """A nested dataclass with one required attribute."""

    city: str
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A dataclass with one attribute of each kind of column."""

    id: UUID
    created_at: datetime
    stage: LeadStage
    is_test: bool
    count: int
    name: str | None = None
    day: date | None = None
    statuses: tuple[LeadStatus, ...] = ()
    address: Address | None = None


RECORD = Record(
    KEY,
    NOON,
    LeadStage.ACCEPTED,
    True,
    3,
    "Zoé",
    date(2026, 12, 24),
    (LeadStatus.NEW, LeadStatus.PURCHASED),
    Address("Nîmes", date(2020, 1, 2)),
)
DOCUMENT = {
    "id": str(KEY), "created_at": NOON_MILLIS, "stage": "ACCEPTED", "is_test": True, "count": 3, "name": "Zoé", "day": "2026-12-24",
    "statuses": ["NEW", "PURCHASED"], "address": {"city": "Nîmes", "since": "2020-01-02"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("instant", "millis"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 0, 0, 1, 999_999, UTC), 1_999),
        (datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC), -1),
        (datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC), 1_000_000_000_000),
        (datetime(2001, 9, 9, 3, 46, 40, tzinfo=timezone(timedelta(hours=2))), 1_000_000_000_000),
    ],
)
def test_instants_are_whole_milliseconds_since_1970_in_utc(instant: datetime, millis: int) -> None:
    assert to_millis(instant) == millis
    assert from_millis(millis) == instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def test_keys_are_uuids_from_text_and_from_uuids() -> None:
    assert as_uuid(str(KEY)) == as_uuid(KEY) == uuid_or_none(str(KEY)) == KEY
    assert uuid_or_none(None) is None
    with pytest.raises(ValueError, match="badly formed"):
        as_uuid("no key")


def test_rows_are_grouped_by_key_in_their_order_and_every_key_has_a_list() -> None:
    rows = [{"lead_id": str(KEY), "number": 1}, {"lead_id": str(KEY), "number": 2}]
    assert grouped(rows, "lead_id", [OTHER, KEY]) == {OTHER: [], KEY: rows}


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (None, None),
        (True, True),
        (3, 3),
        ("é", "é"),
        (b"x", b"x"),
        (KEY, str(KEY)),
        (NOON, NOON_MILLIS),
        (date(2026, 12, 24), "2026-12-24"),
        (LeadStage.ACCEPTED, "ACCEPTED"),
        ((LeadStatus.NEW, LeadStatus.PURCHASED), '["NEW","PURCHASED"]'),
        ([], "[]"),
        (Address("Nîmes"), '{"city":"Nîmes","since":null}'),
    ],
)
def test_each_kind_of_value_is_encoded_alike_as_parameter_and_as_column(value: object, encoded: object) -> None:
    assert encode(value) == encoded
    assert encode_all([value, 1]) == [encoded, 1]
    assert encode_columns({"column": value}) == {"column": encoded}


def test_json_has_instants_in_milliseconds_and_sets_in_order() -> None:
    assert to_json({"at": NOON, "names": frozenset({"b", "a"})}) == f'{{"at":{NOON_MILLIS},"names":["a","b"]}}'


def test_row_is_decoded_with_structured_columns_as_json_text() -> None:
    row = DOCUMENT | {"statuses": '["NEW","PURCHASED"]', "is_test": 1, "address": DOCUMENT["address"]}
    assert decode(Record, row) == RECORD
    empty = row | {"name": None, "day": None, "address": None, "statuses": "[]"}
    assert decode(Record, empty) == Record(KEY, NOON, LeadStage.ACCEPTED, True, 3)


def test_document_is_decoded_to_the_object_it_was_written_from() -> None:
    assert decode_json(Record, to_json(RECORD)) == RECORD
    assert to_json(decode_json(Record, to_json(DOCUMENT))) == to_json(DOCUMENT)


def test_document_without_optional_attributes_and_with_unknown_ones_is_decoded_with_the_defaults() -> None:
    written = {name: DOCUMENT[name] for name in ("id", "created_at", "stage", "is_test", "count")} | {"address": {"city": "Nîmes"}}
    assert decode_json(Record, to_json(written | {"added_later": 1})) == Record(
        KEY, NOON, LeadStage.ACCEPTED, True, 3, address=Address("Nîmes")
    )


@pytest.mark.parametrize("missing", ["id", "count"])
def test_document_without_a_required_attribute_is_an_error(missing: str) -> None:
    with pytest.raises(KeyError, match=missing):
        decode_json(Record, to_json({name: value for name, value in DOCUMENT.items() if name != missing}))


def test_unknown_value_of_an_enum_is_an_error() -> None:
    with pytest.raises(KeyError, match="LATER"):
        decode_json(Record, to_json(DOCUMENT | {"stage": "LATER"}))


def test_reader_decodes_one_column_and_gives_none_for_null() -> None:
    read = reader(tuple[LeadStatus, ...])
    assert read('["PURCHASED"]') == (LeadStatus.PURCHASED,)
    assert read(["NEW"]) == (LeadStatus.NEW,)
    assert read(None) is None
    assert reader(datetime | None)(NOON_MILLIS) == NOON
