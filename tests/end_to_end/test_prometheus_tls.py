"""A real Prometheus scrapes over TLS: with a password, with a certificate, and without."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Database
from tests.support.certificates import Authority
from tests.support.process import Exporter
from tests.support.prometheus import Prometheus, scraping
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE
from tests.support.scrape import basic
from tests.support.web_config import ALICE, PASSWORD, WebConfig, client_certificates, tls, users

LET_IN = {"password", "certificate"}
REFUSED = {"no password": "401", "no certificate": "403", "unknown authority": "x509"}


def exporter(matomo: Database, folder: Path, section: dict[str, object]) -> tuple[Exporter, Path]:
    """One with a web config of its own, and the authority to trust."""
    web = WebConfig.make(folder)
    Authority.make(folder, "clients").issue("prometheus", "DNS:prometheus", "clientAuth")
    web.write(**section)
    arguments = (*matomo.flags, EVERY_HOUR, web.flag)
    login = basic(ALICE, PASSWORD)
    made = Exporter(*arguments, variables=PASSWORD_VARIABLE, tls=web.client(), login=login)
    return made, web.authority.cert


def job(name: str, exporter: Exporter, trusted: dict[str, str], **more: object) -> dict[str, Any]:
    """A scrape job."""
    targets = [{"targets": [f"127.0.0.1:{exporter.port}"]}]
    place = {"job_name": name, "scheme": "https", "static_configs": targets}
    return {**place, "tls_config": trusted, **more}


@pytest.fixture(scope="module")
def prometheus(matomo: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that has scraped an exporter with users and one that wants certificates."""
    folders = [tmp_path_factory.mktemp(name) for name in ("users", "certificates")]
    guarded, ca = exporter(
        matomo, folders[0], {"tls_server_config": tls(), "basic_auth_users": users()}
    )
    exclusive, other_ca = exporter(matomo, folders[1], {"tls_server_config": client_certificates()})
    own = {
        "cert_file": str(folders[1] / "prometheus.pem"),
        "key_file": str(folders[1] / "prometheus-key.pem"),
    }
    login = {"basic_auth": {"username": ALICE, "password": PASSWORD}}
    jobs = [
        job("password", guarded, {"ca_file": str(ca)}, **login),
        job("no password", guarded, {"ca_file": str(ca)}),
        job("unknown authority", guarded, {"ca_file": str(other_ca)}, **login),
        job("certificate", exclusive, {"ca_file": str(other_ca), **own}),
        job("no certificate", exclusive, {"ca_file": str(other_ca)}),
    ]
    with guarded, exclusive, scraping(folders[0], jobs) as running:
        yield running


def test_every_scrape_with_a_password_or_a_certificate_succeeds(prometheus: Prometheus) -> None:
    worst = prometheus.values("min_over_time(up[1m])")
    assert {job: up for job, up in worst.items() if job in LET_IN} == {
        "password": 1,
        "certificate": 1,
    }
    assert prometheus.values("matomo_up").keys() == LET_IN


def test_a_scraper_without_password_or_certificate_gets_the_reason(prometheus: Prometheus) -> None:
    best = prometheus.values("max_over_time(up[1m])")
    assert {job: up for job, up in best.items() if job in REFUSED} == dict.fromkeys(REFUSED, 0)
    targets = prometheus.api("targets")["activeTargets"]
    errors = {target["labels"]["job"]: target["lastError"] for target in targets}
    assert {job: message for job, message in REFUSED.items() if message not in errors[job]} == {}
