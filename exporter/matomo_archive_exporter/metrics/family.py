"""Helpers for metric families; they leave out a value that is None."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

Value = float | int | bool | None
Family = TypeVar("Family", GaugeMetricFamily, CounterMetricFamily)


def gauge(name: str, text: str, value: Value) -> GaugeMetricFamily:
    return labelled_gauge(name, text, (), [((), value)])


def labelled_gauge(
    name: str, text: str, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], Value]]
) -> GaugeMetricFamily:
    """A gauge with labels; each sample is its label values and its value."""
    return _filled(GaugeMetricFamily(name, text, labels=labels), samples)


def counter(
    name: str, text: str, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], Value]]
) -> CounterMetricFamily:
    """A counter; `name` ends in `_total`."""
    return _filled(CounterMetricFamily(name, text, labels=labels), samples)


def _filled(family: Family, samples: Iterable[tuple[Sequence[str], Value]]) -> Family:
    for labels, value in samples:
        if value is not None:
            family.add_metric(labels, float(value))
    return family


def merged(families: Iterable[Metric]) -> Iterable[Metric]:
    """Join families of the same name at the place of the first; their samples differ."""
    found: dict[str, Metric] = {}
    for family in families:
        first = found.get(family.name)
        if first is None:
            found[family.name] = family
        else:
            whole = Metric(family.name, first.documentation, first.type)
            whole.samples = [*first.samples, *family.samples]
            found[family.name] = whole
    return found.values()


def without_empty(families: Iterable[Metric]) -> Iterable[Metric]:
    """Leave out families without a sample, with their HELP and TYPE."""
    return (family for family in families if family.samples)
