"""Run Tortoise's migrations without building all models and their queries for each operation, which takes most of the time."""

from tortoise.connection import ConnectionHandler
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps


class LazyState(State):
    """The models between two migrations, whose classes are built when an operation first reads `apps`."""

    def __init__(self, models: dict[tuple[str, str], ModelState], connections: StateApps) -> None:
        self.models = models
        self._connections = connections
        self._built: StateApps | None = None

    @property
    def apps(self) -> StateApps:  # type: ignore[override]
        """The classes of the models."""
        if self._built is None:
            self._built = self._connections.clone(model_states=self.models)
        return self._built

    def clone(self) -> "LazyState":
        """Copy the descriptions of the models alone: Tortoise clones the state before each operation, and few read the clone."""
        return LazyState({key: model.clone() for key, model in self.models.items()}, self._connections)

    def validate_relations_initialized(self) -> None:
        """Raise RuntimeError if a relation of a class names a model that does not exist."""
        if self._built is not None:
            super().validate_relations_initialized()

    def _reload(self, models_to_reload: set[tuple[str, str]]) -> None:
        if self._built is not None:
            super()._reload(models_to_reload)

    def _find_related_models(self, app_label: str, model_name: str) -> set[tuple[str, str]]:
        return set() if self._built is None else super()._find_related_models(app_label, model_name)


class LazyExecutor(MigrationExecutor):
    """Tortoise's executor with lazy states."""

    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> State:
        state = self._empty_state()
        for key in self._full_plan():
            if key == upto:
                break
            if key in applied:
                await self._apply_to(state, key)
        return state

    async def _project_state_cache(self, applied: set[MigrationKey]) -> dict[MigrationKey, State]:
        state = self._empty_state()
        states: dict[MigrationKey, State] = {}
        for key in self._full_plan():
            if key in applied:
                states[key] = state.clone()
                await self._apply_to(state, key)
        return states

    def _empty_state(self) -> LazyState:
        # Without connections, Tortoise builds no queries for the models. A migration that runs Python sends SQL text.
        connections = {app: str(config["default_connection"]) for app, config in self.loader.apps_config.items()}
        return LazyState({}, StateApps(default_connections=connections, connections=ConnectionHandler()))

    async def _apply_to(self, state: LazyState, key: MigrationKey) -> None:
        migration = self.loader.graph.nodes[key]
        assert migration is not None
        await migration.apply(state, dry_run=True, schema_editor=None)
