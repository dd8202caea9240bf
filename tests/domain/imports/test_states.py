from gql_leads.domain.imports.states import ImportState


def test_an_import_ends_in_one_of_three_states() -> None:
    assert {state.value for state in ImportState if state.is_final} == {"SUCCEEDED", "FAILED", "CANCELLED"}
