"""Lazy states: a clone keeps the models as they were, whether its classes are built before or after the next operation."""

import pytest
from tortoise import fields
from tortoise.connection import ConnectionHandler
from tortoise.migrations.operations import AddField, CreateModel, RemoveField
from tortoise.migrations.schema_generator.state_apps import StateApps

from gql_leads.store.database.migration_states import LazyState

PARTNER = CreateModel("Partner", fields=[("id", fields.IntField(primary_key=True)), ("name", fields.TextField())])
LEAD = CreateModel(
    "Lead",
    fields=[
        ("id", fields.IntField(primary_key=True)),
        ("partner", fields.ForeignKeyField("leads.Partner", related_name="leads", to_field="id")),
    ],
)


def columns(state: LazyState, model: str) -> set[str]:
    return set(state.apps.get_model("leads", model)._meta.fields_db_projection)


@pytest.mark.parametrize("is_built_early", [False, True])
def test_a_clone_keeps_the_models_of_before_the_next_operation(is_built_early: bool) -> None:
    state = LazyState({}, StateApps(connections=ConnectionHandler()))
    for operation in (LEAD, PARTNER, AddField("Lead", "city", fields.TextField(null=True))):
        operation.state_forward("leads", state)
    former = state.clone()
    if is_built_early:
        assert columns(state, "Lead") == columns(former, "Lead") == {"id", "partner_id", "city"}
    for change in (RemoveField("Lead", "city"), AddField("Partner", "country", fields.TextField(null=True))):
        change.state_forward("leads", state)
    assert (columns(state, "Lead"), columns(state, "Partner")) == ({"id", "partner_id"}, {"id", "name", "country"})
    assert (columns(former, "Lead"), columns(former, "Partner")) == ({"id", "partner_id", "city"}, {"id", "name"})
    assert state.apps.get_model("leads", "Lead")._meta.fields_map["partner"].related_model is state.apps.get_model("leads", "Partner")  # type: ignore[attr-defined]
    state.validate_relations_initialized()


def test_a_relation_without_its_target_is_an_error_once_the_classes_are_built() -> None:
    state = LazyState({}, StateApps(connections=ConnectionHandler()))
    LEAD.state_forward("leads", state)
    assert columns(state, "Lead") == {"id"}
    with pytest.raises(RuntimeError, match=r"leads\.Lead"):
        state.validate_relations_initialized()
