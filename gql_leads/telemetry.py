"""Telemetry: write a log line, metrics and an optional trace span for each operation."""

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import structlog
from starlette.routing import Route

from gql_leads.domain.errors import Unavailable
from gql_leads.environment import SettingsError
from gql_leads.graphql_server.graphql_endpoint import GraphQLEndpoint
from gql_leads.graphql_server.operation_log import OperationRecord
from gql_leads.services.app_context import AppContext
from gql_leads.settings import Settings
from gql_leads.store import queues
from gql_leads.store.events import event_log
from gql_leads.store.events.unreadable_events import unreadable_events
from gql_leads.store.outbox import webhooks
from gql_leads.web import metrics, worker_metrics
from gql_leads.web.metrics import Metrics, State

LOGGER_NAME: Final = "gql_leads.operations"
MAX_NAME_LENGTH: Final = 100
REPORT_EVERY: Final = 1.0
"""Seconds between two reports of a worker's gauges."""


class Telemetry:
    """Receives a record of every finished operation."""

    def __init__(self, settings: Settings) -> None:
        self._metrics = Metrics()
        self._process_state: Callable[[], Awaitable[State]] | None = None
        self._log = structlog.get_logger(LOGGER_NAME)
        self._logger = logging.getLogger(LOGGER_NAME)
        self._tracing = _make_tracing(settings) if settings.tracing else None
        self._token = settings.metrics_token
        self._has_metrics = settings.metrics_token is not None or not settings.in_production

    def observe(self, record: OperationRecord) -> None:
        """Log, count and trace an operation: its name and error codes, but never its arguments or results."""
        name = record.name[:MAX_NAME_LENGTH] if record.name else None
        self._metrics.observe(
            transport=record.transport, type_=record.type, outcome=record.outcome, seconds=record.seconds, cost=record.cost
        )
        span: dict[str, str] = {}
        if self._tracing is not None:
            attributes = {
                "gql_leads.transport": record.transport, "gql_leads.cost": record.cost, "gql_leads.request_id": record.request_id,
                "gql_leads.outcome": record.outcome, **({"error.type": record.outcome} if record.is_server_error else {}),
            }  # fmt: skip
            span_id = self._tracing.observe(
                type_=record.type, name=name, seconds=record.seconds, trace=record.trace, trace_id=record.trace_id, attributes=attributes,
            )  # fmt: skip
            span = {"trace_id": record.trace_id, "span_id": span_id}
        level = logging.WARNING if record.is_server_error else logging.INFO
        if self._logger.isEnabledFor(level):
            self._log.log(
                level, "operation", operation=name, type=record.type, transport=record.transport, outcome=record.outcome, cost=record.cost,
                ms=round(record.seconds * 1_000, 1), viewer=record.caller.key if record.caller else None, request_id=record.request_id,
                **span,
            )  # fmt: skip

    def routes(self, app: Callable[[], AppContext], endpoint: GraphQLEndpoint[Any], webhook_attempts: Mapping[str, int]) -> list[Route]:
        """Return the route `/metrics`; none in production without a token."""
        if not self._has_metrics:
            return []

        def local_state() -> State:
            return State(
                open_streams=endpoint.open_streams,
                subscribers=endpoint.subscribers,
                unreadable_events=unreadable_events.total,
                webhook_attempts=dict(webhook_attempts),
            )

        async def process_state() -> State:
            context = app()
            return replace(
                local_state(),
                log_lag=await event_log.lag(context.database.reading, context.event_reader.head, context.now()),
                connections=context.database.pooled,
            )

        async def full_state() -> State:
            state, connection = await process_state(), app().database.reading
            pending, age = await webhooks.backlog(connection, app().now())
            return replace(state, queues=await queues.sizes(connection), pending_webhooks=pending, oldest_pending_webhook=age)

        self._process_state = process_state
        return metrics.routes(self._metrics, full_state, local_state, self._token)

    async def report(self) -> None:
        """Keep the metrics of this worker current for the others until cancelled; return at once if it is the only one."""
        while self._process_state is not None and worker_metrics.is_shared():
            with suppress(Unavailable):
                self._metrics.report(await self._process_state())
            await asyncio.sleep(REPORT_EVERY)

    def close(self) -> None:
        """Send the pending spans."""
        if self._tracing is not None:
            self._tracing.close()


def _make_tracing(settings: Settings) -> Any:
    try:
        tracing = importlib.import_module("gql_leads.web.tracing")
        export = importlib.import_module("opentelemetry.sdk.trace.export")
        otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError:
        raise SettingsError("GQL_LEADS_TRACING needs OpenTelemetry: install the extra, as in pip install 'gql-leads[otel]'.") from None
    processor = export.BatchSpanProcessor(otlp.OTLPSpanExporter())
    return tracing.Tracing(processor, names_operations=settings.tracing_operation_names)
