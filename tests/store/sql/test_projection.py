"""Projections split their columns into the row's own columns and those of joined relations."""

from gql_leads.store.sql.projection import Projection, named

LEAD = Projection(frozenset({"reference", "partner__name", "company", "partner__country", "owner__name"}))


def test_own_columns_are_sorted_and_exclude_those_of_joined_relations() -> None:
    assert LEAD.own == ["company", "reference"]


def test_joined_columns_are_pairs_of_relation_and_column() -> None:
    assert LEAD.joined == [("owner", "name"), ("partner", "country"), ("partner", "name")]


def test_each_relation_is_joined_once() -> None:
    assert LEAD.joins == ["owner", "partner"]
    assert Projection(frozenset({"company"})).joins == []


def test_alias_of_a_joined_column_is_split_into_the_same_relation_and_column() -> None:
    assert named("partner", "name") == "partner__name"
    assert Projection(frozenset({named("closed_by", "is_active")})).joined == [("closed_by", "is_active")]
