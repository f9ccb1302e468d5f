"""The metrics as a scrape sees them: written as text, and read again."""

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from leads.watching.metrics import metrics


class _Now(Collector):
    def collect(self) -> list[Metric]:
        return list(metrics())


def families() -> list[Metric]:
    registry = CollectorRegistry()
    registry.register(_Now())
    return list(text_string_to_metric_families(generate_latest(registry).decode()))


def names() -> set[str]:
    """Those that rules and boards may name."""
    return {family.name + ("_total" if family.type == "counter" else "") for family in families()}


def values(name: str, **labels: str) -> dict[str, float]:
    """Of the samples that have these labels, by the one that tells them apart. Kinds of destinations do not."""
    samples = [sample for family in families() for sample in family.samples if sample.name == f"leadcrm_{name}"]
    found = {}
    for sample in samples:
        if labels.items() <= sample.labels.items():
            others = sample.labels.keys() - labels.keys() - ({"kind"} if "destination" in sample.labels else set())
            (own,) = others or {""}
            found[sample.labels.get(own, "")] = sample.value
    return found


def value(name: str, **labels: str) -> float:
    """Of the only one that has these labels."""
    (only,) = values(name, **labels).values()
    return only
