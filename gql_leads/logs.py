"""Logging: one event per line on standard error, as text (console) or JSON (json)."""

import logging
import sys
from collections.abc import Iterable
from typing import Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from gql_leads.graphql_server.operation_log import REQUEST_ID, TRACE_ID

OWN: Final = "gql_leads"
"""The parent of the service's own loggers, which log no personal data at any level."""


def set_up_logs(level: str, log_format: str, debug_loggers: Iterable[str] = (), *, trace_ids: bool = False) -> None:
    """Configure structlog and the standard library's logging with the same processors.

    `trace_ids` adds the ids of traces to the lines of requests.
    Libraries log at INFO or above, because their DEBUG messages hold parameters with personal data; `debug_loggers` names exceptions.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_request_id,
        *([_add_trace_id] if trace_ids else ()),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _rename_uvicorn,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(log_format)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.getLevelNamesMapping()[level], logging.INFO))
    logging.getLogger(OWN).setLevel(level)
    for name in debug_loggers:
        logging.getLogger(name).setLevel(logging.DEBUG)


def _add_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add the id of the current request, which the response carries too."""
    if "request_id" not in event and (request_id := REQUEST_ID.get()) is not None:
        event["request_id"] = request_id
    return event


def _add_trace_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add the id of the trace that the span of the current request belongs to."""
    if "trace_id" not in event and (trace_id := TRACE_ID.get()) is not None:
        event["trace_id"] = trace_id
    return event


def _rename_uvicorn(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Rename the logger `uvicorn.error`, which uvicorn uses for informational events too."""
    if event.get("logger") == "uvicorn.error":
        event["logger"] = "uvicorn"
    return event


def _renderers(log_format: str) -> list[Processor]:
    if log_format == "json":
        # Local variables may hold personal data of customers.
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
