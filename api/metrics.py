"""The figures of a watch in Prometheus' text format, at /metrics."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.context import Context, Source

# Of each feed: key, name, what it is; counters first.
_COUNTED = (
    ("bytes", "bytes", "bytes received"),
    ("accepted", "sentences", "sound sentences"),
    ("echoes", "echoes", "our own lines that came back"),
    ("dropped_lines", "dropped_lines", "lines of datagrams dropped while the pipeline was full"),
    ("dropped_datagrams", "dropped_datagrams", "datagrams lost in the system"),
    ("connects", "connects", "connections made"),
    ("errors", "errors", "errors of the link"),
)
_MEASURED = (
    ("links", "links", "connections that are open"),
    ("rate", "lines_per_second", "lines a second over the last minute"),
    ("lag_s", "lag_seconds", "receive time less event time of the newest line"),
)
# Of each feed: counts by reason.
_REASONED = (
    ("unsound", "rejected", "lines that are no sound sentence"),
    ("ignored", "ignored", "lines that are not AIS"),
    ("rejected", "unusable_messages", "messages of which no line could be made"),
    ("refused", "refused_links", "connections that were not accepted"),
)
_STATES = ("starting", "connected", "waiting", "silent", "ended", "failed")


class WatchCollector(Collector):
    """Reads the figures when they are asked for."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterator[Metric]:
        """All figures as they stand."""
        status = self._context.status()
        ledger = status.ledger
        lines = CounterMetricFamily("vigie_lines", "lines by what became of them", labels=["what"])
        lines.add_metric(["used"], ledger.used)
        messages = CounterMetricFamily(
            "vigie_messages", "messages by what became of them", labels=["what"]
        )
        messages.add_metric(["stored"], ledger.stored)
        messages.add_metric(["duplicate"], ledger.duplicates)
        for family, kind, counts in (
            (lines, "ignored", ledger.ignored),
            (lines, "rejected", ledger.rejected),
            (messages, "dropped", ledger.dropped),
        ):
            for reason, count in sorted(counts.items()):
                family.add_metric([f"{kind}: {reason}"], count)
        yield lines
        yield messages
        if status.event_time is not None:
            yield GaugeMetricFamily(
                "vigie_event_time_seconds", "greatest event time, unix time",
                value=status.event_time.astype("datetime64[us]").astype(int) / 1e6,
            )  # fmt: skip
        yield GaugeMetricFamily(
            "vigie_vessels", "vessels in the picture", value=len(self._context.picture)
        )
        yield GaugeMetricFamily(
            "vigie_faults", "faults of the watch itself", value=len(status.faults)
        )
        yield GaugeMetricFamily(
            "vigie_followers", "who follows the alert stream", value=self._context.stream.followers
        )
        for name, value in sorted(self._context.gauges().items()):
            yield GaugeMetricFamily(f"vigie_{name}", name.replace("_", " "), value=value)
        yield from _feeds([s for s in status.sources if s.feed is not None])


def _feeds(sources: list[Source]) -> Iterator[Metric]:
    if not sources:
        return
    for kind, table in ((CounterMetricFamily, _COUNTED), (GaugeMetricFamily, _MEASURED)):
        for key, name, meaning in table:
            family = kind(f"vigie_source_{name}", meaning, labels=["source"])
            for source in sources:
                value = (source.feed or {}).get(key)
                if value is not None:
                    family.add_metric([source.name], value)
            yield family
    for key, name, meaning in _REASONED:
        counts = CounterMetricFamily(f"vigie_source_{name}", meaning, labels=["source", "reason"])
        for source in sources:
            for reason, count in sorted((source.feed or {}).get(key, {}).items()):
                counts.add_metric([source.name, reason], count)
        yield counts
    heard = GaugeMetricFamily(
        "vigie_source_last_heard_seconds", "when the last byte came, unix time", labels=["source"]
    )
    state = GaugeMetricFamily(
        "vigie_source_state", "1 for the state a source is in", labels=["source", "state"]
    )
    for source in sources:
        last = (source.feed or {}).get("last_heard")
        if last is not None:
            heard.add_metric([source.name], last / 1e6)
        for name in _STATES:
            state.add_metric([source.name, name], float(source.state == name))
    yield heard
    yield state


def metrics_text(context: Context) -> bytes:
    """All figures, as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(WatchCollector(context))
    ProcessCollector(registry=registry)
    return generate_latest(registry)
