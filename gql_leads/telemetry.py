"""What an operator learns of the running service: each operation's line in the log, its figures, and its trace where that is wanted."""

import importlib
import logging
from collections.abc import Callable
from typing import Any, Final

import structlog
from starlette.routing import Route

from gql_leads.graphql_server.endpoint import GraphQLEndpoint
from gql_leads.graphql_server.operation_log import OperationRecord
from gql_leads.services.app_context import AppContext
from gql_leads.settings import Settings, SettingsError
from gql_leads.store import queues
from gql_leads.store.events import event_log
from gql_leads.web import metrics
from gql_leads.web.metrics import Metrics, State

OPERATIONS: Final = "gql_leads.operations"
LONGEST_NAME: Final = 100


class Telemetry:
    """Told of every operation that ended."""

    def __init__(self, settings: Settings) -> None:
        self._metrics = Metrics()
        self._log = structlog.get_logger(OPERATIONS)
        self._is_logged = logging.getLogger(OPERATIONS)
        self._tracing = _tracing() if settings.tracing else None
        self._token = settings.metrics_token
        self._has_metrics = settings.metrics_token is not None or not settings.in_production

    def observe(self, record: OperationRecord) -> None:
        """Log, count and trace an operation. Nothing of what it asked or answered is told, but its name and its errors' codes."""
        name = record.name[:LONGEST_NAME] if record.name else None
        self._metrics.observe(
            transport=record.transport, type_=record.type, outcome=record.outcome, seconds=record.seconds, cost=record.cost
        )
        level = logging.WARNING if record.is_server_error else logging.INFO
        if self._is_logged.isEnabledFor(level):
            self._log.log(
                level, "operation", operation=name, type=record.type, transport=record.transport, outcome=record.outcome, cost=record.cost,
                ms=round(record.seconds * 1_000, 1), viewer=record.caller.key if record.caller else None, request_id=record.request_id,
            )  # fmt: skip
        if self._tracing is not None:
            facts = {"gql_leads.transport": record.transport, "gql_leads.cost": record.cost, "gql_leads.request_id": record.request_id}
            self._tracing.observe(
                type_=record.type, name=name, outcome=record.outcome, is_our_fault=record.is_server_error,
                seconds=record.seconds, trace=record.trace,
                facts=facts,
            )  # fmt: skip

    def routes(self, app: Callable[[], AppContext], endpoint: GraphQLEndpoint[Any]) -> list[Route]:
        """`/metrics`: in development for everybody, in production only where it has a token."""
        if not self._has_metrics:
            return []

        def here() -> State:
            return State(open_streams=endpoint.open_streams, subscribers=endpoint.subscribers)

        async def everywhere() -> State:
            at = app()
            return State(
                open_streams=endpoint.open_streams,
                subscribers=endpoint.subscribers,
                log_lag=await event_log.lag(at.database.reading, at.event_reader.reached, at.now()),
                queues=await queues.sizes(at.database.reading),
                connections=at.database.pooled,
            )

        return metrics.routes(self._metrics, everywhere, here, self._token)

    def close(self) -> None:
        """Send what was not sent yet."""
        if self._tracing is not None:
            self._tracing.close()


def _tracing() -> Any:
    try:
        tracing = importlib.import_module("gql_leads.web.tracing")
        export = importlib.import_module("opentelemetry.sdk.trace.export")
        otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError:
        raise SettingsError("GQL_LEADS_TRACING needs OpenTelemetry: install the extra, as in pip install 'gql-leads[otel]'.") from None
    return tracing.Tracing(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
