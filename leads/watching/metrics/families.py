"""Families of metrics: name, meaning and labels."""

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

DESTINATION = ("destination", "kind")
"""The labels of what is counted for each destination: its name and its kind."""


def gauge(name: str, meaning: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"leadcrm_{name}", meaning, labels=labels)


def number(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    """One that has no labels."""
    return GaugeMetricFamily(f"leadcrm_{name}", meaning, value=value)


def counter(name: str, meaning: str, *labels: str) -> CounterMetricFamily:
    """``_total`` is added to the name."""
    return CounterMetricFamily(f"leadcrm_{name}", meaning, labels=labels)


def summary(name: str, meaning: str) -> Metric:
    """Of quantiles alone: how many there were, and their sum, is not known."""
    return Metric(f"leadcrm_{name}", meaning, "summary")
