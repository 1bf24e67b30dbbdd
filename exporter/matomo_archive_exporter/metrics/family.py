"""Metric families, made short to write: a value that is None is left out."""

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
    """Families of the same name as one, where the first of them is: their samples differ."""
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
    """Leave out families that have no sample, HELP and TYPE included."""
    return (family for family in families if family.samples)
