"""The route `/metrics` in Prometheus' text format.

Queue sizes describe the database; all other metrics describe this process, or all workers of a server.
"""

import platform
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import Literal

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, Metric, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gql_leads import __version__
from gql_leads.domain.errors import Unavailable
from gql_leads.web import worker_metrics
from gql_leads.web.process_memory import resident_memory

HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Values that are read at each request for the metrics."""

    open_streams: int
    subscribers: int
    log_lag: float = 0.0
    """Age in seconds of the oldest event that this process has not read yet."""
    unreadable_events: int = 0
    """Number of events that this process could not decode since it started."""
    webhook_attempts: Mapping[str, int] = field(default_factory=dict)
    """Number of this process's deliveries to webhooks since it started, by outcome."""
    pending_webhooks: int = 0
    """Number of deliveries to webhooks that wait."""
    oldest_pending_webhook: float = 0.0
    """Seconds for which the oldest of them has waited."""
    queues: Mapping[str, int] = field(default_factory=dict)
    """Number of waiting leads by queue name."""
    connections: Mapping[str, int] = field(default_factory=dict)
    """Number of pool connections by state, `idle` or `used`; empty on SQLite."""


class Metrics:
    """The metrics of this process."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        operations = Counter(
            "gql_leads_operations",
            "Finished operations.",
            ("transport", "type", "outcome"),
            registry=registry,
        )
        seconds = Histogram(
            "gql_leads_operation_seconds", "Duration of queries and mutations.", ("type",),
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10), registry=registry,
        )  # fmt: skip
        # `labels` takes longer than counting, so its results are cached.
        self._operations = lru_cache(operations.labels)
        self._seconds = lru_cache(seconds.labels)
        self._cost = Counter("gql_leads_operation_cost", "Cost of operations, in list nodes.", registry=registry)
        self._streams = _process_gauge("gql_leads_open_streams", "Open WebSockets and event streams.", registry)
        self._subscribers = _process_gauge("gql_leads_subscribers", "Running subscriptions.", registry)
        self._lag = _process_gauge("gql_leads_log_lag_seconds", "Age of the oldest unread event.", registry, mode="livemax")
        self._connections = _process_gauge("gql_leads_database_connections", "Connections of the pool.", registry, ("state",))
        self._memory = _process_gauge("gql_leads_memory_bytes", "Resident memory by kind.", registry, ("kind",))
        self._unreadable = Counter("gql_leads_unreadable_events", "Events that could not be decoded and were skipped.", registry=registry)
        self._counted_unreadable = 0
        self._attempts = Counter("gql_leads_webhook_attempts", "Deliveries to webhooks.", ("outcome",), registry=registry)
        self._counted_attempts: Mapping[str, int] = {}
        self._scraped = ScrapedValues()
        registry.register(self._scraped)

    def observe(self, *, transport: str, type_: str | None, outcome: str, seconds: float, cost: int) -> None:
        """Count a finished operation; its type is None if the request was refused before parsing."""
        self._operations(transport, type_ or "unknown", outcome).inc()
        self._cost.inc(cost)
        if type_ in {"query", "mutation"}:
            self._seconds(type_).observe(seconds)

    def report(self, state: State) -> None:
        """Set the gauges of this process; with several workers, any of them may be asked for the metrics of all."""
        self._streams.set(state.open_streams)
        self._subscribers.set(state.subscribers)
        self._lag.set(state.log_lag)
        for kind, size in resident_memory().items():
            self._memory.labels(kind).set(size)
        self._unreadable.inc(state.unreadable_events - self._counted_unreadable)
        self._counted_unreadable = state.unreadable_events
        for outcome in ("delivered", "failed"):
            attempts = state.webhook_attempts.get(outcome, 0)
            self._attempts.labels(outcome).inc(attempts - self._counted_attempts.get(outcome, 0))
        self._counted_attempts = state.webhook_attempts
        for label, value in state.connections.items():
            self._connections.labels(label).set(value)

    def text(self, state: State, *, is_up: bool) -> bytes:
        """Return all metrics in Prometheus' text format."""
        self.report(state)
        self._scraped.is_up, self._scraped.state = is_up, state
        registry = self._registry
        if worker_metrics.is_shared():
            registry = worker_metrics.shared_registry()
            registry.register(self._scraped)
        return generate_latest(registry)


class ScrapedValues(Collector):
    """Values that describe the installation, as they are at the request for the metrics."""

    def __init__(self) -> None:
        self.is_up = False
        self.state = State(open_streams=0, subscribers=0)

    def collect(self) -> Iterator[Metric]:
        """Yield the values."""
        yield InfoMetricFamily(
            "gql_leads_build", "Release and Python version.", value={"version": __version__, "python": platform.python_version()}
        )
        yield GaugeMetricFamily("gql_leads_database_up", "1 if the database answered this request.", value=self.is_up)
        queues = GaugeMetricFamily("gql_leads_queue_waiting", "Leads waiting in a queue.", labels=("queue",))
        for queue, size in self.state.queues.items():
            queues.add_metric((queue,), size)
        yield queues
        if self.is_up:
            yield GaugeMetricFamily("gql_leads_webhook_pending", "Deliveries to webhooks that wait.", value=self.state.pending_webhooks)
            age = self.state.oldest_pending_webhook
            yield GaugeMetricFamily("gql_leads_webhook_oldest_pending_seconds", "Time for which the oldest of them has waited.", value=age)


def _process_gauge(
    name: str, help_: str, registry: CollectorRegistry, labels: tuple[str, ...] = (), mode: Literal["livesum", "livemax"] = "livesum"
) -> Gauge:
    return Gauge(name, help_, labels, registry=registry, multiprocess_mode=mode)


def routes(metrics: Metrics, read: Callable[[], Awaitable[State]], fallback: Callable[[], State], token: str | None) -> list[Route]:
    """Return the route `/metrics`, protected by a bearer token; without one it answers to local names only.

    A web page elsewhere could let its own name lead here, and read the metrics of a developer's machine. `fallback` needs no database.
    """

    async def respond(request: Request) -> Response:
        if token is None and not _is_local(request.url.hostname):
            return PlainTextResponse(
                "Without GQL_LEADS_METRICS_TOKEN, /metrics answers to localhost, 127.0.0.1 and [::1] alone.\n", 403, headers=HEADERS
            )
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token is not None and not secrets.compare_digest(given.encode(), token.encode()):
            return PlainTextResponse(
                "Send the token of GQL_LEADS_METRICS_TOKEN as a bearer.\n", 401, headers={**HEADERS, "www-authenticate": "Bearer"}
            )
        try:
            text = metrics.text(await read(), is_up=True)
        except Unavailable:
            text = metrics.text(fallback(), is_up=False)
        return Response(text, headers={**HEADERS, "content-type": CONTENT_TYPE_LATEST})

    return [Route("/metrics", respond)]


def _is_local(host: str | None) -> bool:
    """Return True for a name or address by which only this machine reaches the server."""
    name = (host or "").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
