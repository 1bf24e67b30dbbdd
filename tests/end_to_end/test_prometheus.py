"""A real Prometheus scrapes a running exporter, in both formats."""

from collections.abc import Iterator

import pytest

from tests.support.process import REPOSITORY, Exporter
from tests.support.prometheus import Prometheus, scraping
from tests.support.scrape import Page, fetch

GOLDEN = REPOSITORY / "tests" / "golden" / "metrics.txt"
JOBS = {"text": "PrometheusText0.0.4", "openmetrics": "OpenMetricsText1.0.0"}


@pytest.fixture(scope="module")
def prometheus(
    exporter: Exporter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """A Prometheus with a job for each format, both of that exporter."""
    target = {"targets": [f"127.0.0.1:{exporter.port}"]}
    jobs = [
        {"job_name": job, "scrape_protocols": [protocol], "static_configs": [target]}
        for job, protocol in JOBS.items()
    ]
    with scraping(tmp_path_factory.mktemp("prometheus"), jobs) as running:
        yield running


def test_every_scrape_succeeds(prometheus: Prometheus) -> None:
    assert prometheus.values("min_over_time(up[1m])") == {"text": 1, "openmetrics": 1}
    assert prometheus.values("min_over_time(matomo_up[1m])") == {"text": 1, "openmetrics": 1}


def test_every_sample_is_taken(prometheus: Prometheus, exporter: Exporter) -> None:
    page = exporter.scrape()
    samples = sum(len(family.samples) for family in page.families)
    assert prometheus.values("scrape_samples_scraped") == {"text": samples, "openmetrics": samples}
    taken = prometheus.values("scrape_samples_post_metric_relabeling")
    assert taken == {"text": samples, "openmetrics": samples}


def test_nothing_is_rejected_or_warned_of(prometheus: Prometheus) -> None:
    own = Page.of(fetch(f"{prometheus.url}/metrics").text)
    rejections = [name for name in own.names if name.startswith("prometheus_target_scrapes_")]
    assert "prometheus_target_scrapes_sample_duplicate_timestamp_total" in rejections
    assert {name: own.value(name) for name in rejections if own.value(name)} == {}
    output = prometheus.log.read_text(encoding="utf-8")
    assert [
        line for line in output.splitlines() if "scrape" in line and "level=INFO" not in line
    ] == []


@pytest.mark.parametrize("job", JOBS)
def test_every_name_of_the_golden_page_can_be_queried(prometheus: Prometheus, job: str) -> None:
    match = {"match[]": f'{{job="{job}"}}'}
    found = set(prometheus.api("label/__name__/values", **match))
    golden = GOLDEN.read_text(encoding="utf-8").splitlines()
    names = {line.partition(" ")[0].partition("{")[0] for line in golden if line[0] != "#"}
    # Sites are asked for, and a log is followed, in the golden page only.
    assert names - found == {
        *("matomo_archive_site_invalidations", "matomo_archive_log_events_total"),
        "matomo_archive_log_unread_bytes",
    }


def test_odd_label_values_arrive_as_they_are(prometheus: Prometheus) -> None:
    query = {"match[]": "matomo_archive_report_invalidations"}
    assert 'Ünï"c\\ö\nde' in prometheus.api("label/plugin/values", **query)
