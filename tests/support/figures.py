"""The figures on a page, by metric name and label values."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from matomo_archive_exporter.collecting.refresh import read_target
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.settings.options import DatabaseSettings
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.web.formats import render_text

Samples = dict[tuple[str, ...], float]


class Figures(dict[str, Samples]):
    """Samples by metric name; a metric that is not on the page has none.

    Label values follow the alphabetical order of the label names; a metric without
    labels has one sample, `()`.
    """

    def __missing__(self, name: str) -> Samples:
        return {}

    def one(self, name: str) -> float | None:
        """The value of a metric without labels; None when it is absent."""
        return self[name].get(())

    def success(self, collector: str) -> bool:
        """Whether a collector's last reading was complete and understood."""
        return self["matomo_archive_exporter_collector_success"][(collector,)] == 1

    def errors(self, collector: str) -> dict[str, float]:
        """The errors of a collector by reason, without zeros."""
        counts = self["matomo_archive_exporter_collector_errors_total"]
        return {reason: n for (name, reason), n in counts.items() if name == collector and n}


def parse(page: str) -> Figures:
    """Parse a page in the text format. A repeated sample is an error."""
    figures = Figures()
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            samples = figures.setdefault(sample.name, {})
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            assert labels not in samples, f"{sample.name}{sample.labels} is there twice"
            samples[labels] = sample.value
    return figures


def target_of(database: DatabaseSettings, **groups: Mapping[str, object]) -> Target:
    """A target for a database; `groups` are settings of other groups."""
    return Target(Settings.model_validate({"database": database, **groups}))


def read(target: Target) -> Figures:
    """Read the target once and return the figures of its page."""
    read_target(target)
    return shown(target)


def shown(target: Target) -> Figures:
    """The figures of the target's page now."""
    return parse(render_text(target.families()).decode())


def of_matomo(figures: Figures) -> Figures:
    """The metrics of Matomo's archiving, without those of the exporter itself."""
    return Figures(
        (name, samples)
        for name, samples in figures.items()
        if name.startswith("matomo_archive_") and "_exporter_" not in name
    )


def nonzero(samples: Samples) -> Samples:
    """The samples that are not 0."""
    return {labels: value for labels, value in samples.items() if value}
