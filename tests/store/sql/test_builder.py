"""SQL fragments are joined with their parameters in the order of the placeholders."""

from uuid import UUID

import pytest

from gql_leads.domain.leads.lead import LeadStage
from gql_leads.services.app_context import AppContext
from gql_leads.store.sql.builder import (
    FALSE,
    TRUE,
    Sql,
    all_of,
    any_of,
    insertion,
    is_one_of,
    join,
    negation,
    numbered,
    update,
)

A, B, NULL = Sql("a = ?", (1,)), Sql("b = ?", (2,)), Sql("NULL = 1")


def test_concatenated_fragments_keep_the_order_of_their_parameters() -> None:
    assert Sql("a = ? OR b = ?", (1, 2)) == A + " OR " + B
    assert Sql("NOT b = ?", (2,)) == "NOT " + B
    assert join(", ", [B, A, B]) == Sql("b = ?, a = ?, b = ?", (2, 1, 2))


def test_encoded_fragment_has_column_values_as_parameters() -> None:
    key = UUID(int=1)
    assert Sql("id = ? AND stage = ?", (key, LeadStage.RECEIVED)).encoded() == Sql("id = ? AND stage = ?", (str(key), "RECEIVED"))


def test_conjunction_leaves_out_true_and_is_false_if_one_condition_is() -> None:
    assert all_of(A, TRUE, B) == Sql("(a = ? AND b = ?)", (1, 2))
    assert all_of(TRUE, A) == A
    assert all_of(A, FALSE, B) == FALSE
    assert all_of() == all_of(TRUE, TRUE) == TRUE


def test_disjunction_leaves_out_false_and_is_true_if_one_condition_is() -> None:
    assert any_of(A, FALSE, B) == Sql("(a = ? OR b = ?)", (1, 2))
    assert any_of(FALSE, B) == B
    assert any_of(A, TRUE, B) == TRUE
    assert any_of() == any_of(FALSE, FALSE) == FALSE


def test_membership_in_a_list_has_one_placeholder_for_each_value() -> None:
    assert is_one_of("a", []) == FALSE
    assert is_one_of("a", [7]) == Sql("a = ?", (7,))
    assert is_one_of("a", (value for value in (7, 8, 9))) == Sql("a IN (?, ?, ?)", (7, 8, 9))


@pytest.mark.parametrize(
    ("condition", "expected"), [(TRUE, False), (FALSE, True), (NULL, True), (Sql("1 = 1"), False), (Sql("1 = 2"), True)]
)
async def test_negation_of_a_condition_that_is_null_is_true(app: AppContext, condition: Sql, expected: bool) -> None:
    row = await app.database.reading.fetch_one("SELECT " + negation(condition) + " AS result")
    assert row is not None
    assert bool(row["result"]) is expected


def test_insertion_and_update_list_the_columns_with_their_values() -> None:
    key = UUID(int=1)
    assert insertion("partner", {"id": key, "name": "Acme"}) == Sql("INSERT INTO partner (id, name) VALUES (?, ?)", (key, "Acme"))
    assert update("partner", {"name": "Acme", "country": "FR"}, key) == Sql(
        "UPDATE partner SET name = ?, country = ? WHERE id = ?", ("Acme", "FR", key)
    )


def test_placeholders_are_numbered_from_one_for_postgresql() -> None:
    assert numbered("a = ? AND b IN (?, ?)") == "a = $1 AND b IN ($2, $3)"
    assert numbered("SELECT 1") == "SELECT 1"
