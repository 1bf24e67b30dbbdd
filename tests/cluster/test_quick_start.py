"""docs/install.md, Helm: its first commands, pasted unchanged; no pod runs here."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.support.cluster import Cluster
from tests.support.doc_commands import under
from tests.support.process import REPOSITORY, wait_until

_, SECRET, QUICK_START, SWITCHES = (block.code for block in under("Install with Helm"))
DEPLOYMENT = "deployment/exporter-matomo-archive-exporter"


@contextmanager
def pasted(server: Cluster, code: str) -> Iterator[subprocess.Popen[str]]:
    """Lines that a shell is given all at once; what it says comes together in one place."""
    with subprocess.Popen(
        ["bash"],
        cwd=REPOSITORY,
        env=server.variables(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as shell:
        assert shell.stdin
        shell.stdin.write(code)
        shell.stdin.close()
        try:
            yield shell
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)


@pytest.fixture(autouse=True)
def login(server: Cluster) -> Iterator[None]:
    """The Secret, from the keyboard."""
    made = subprocess.run(
        ["bash", "-c", SECRET],
        input="p'\\wörd",
        env=server.variables(),
        text=True,
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    yield
    assert server.kubectl("delete", "secret", "matomo-exporter").status == 0


def test_pasted_commands_wait_for_the_exporter(server: Cluster) -> None:
    with pasted(server, QUICK_START) as shell:
        wait_until(lambda: server.kubectl("get", DEPLOYMENT).status == 0, "the objects are there")
        time.sleep(5)  # in which it would finish, unless it waits
        assert shell.poll() is None
        shown = server.kubectl("get", "secret,service,deployment,serviceaccount", "--output=name")
        assert "secret/matomo-exporter\n" in shown.out
        assert "serviceaccount/exporter-matomo-archive-exporter\n" in shown.out
        stage = server.helm("status", "exporter", "--output=json").out
        assert '"status":"pending-install"' in stage
    assert server.helm("uninstall", "exporter").status == 0


def test_scraping_alerts_and_dashboards_are_switched_on_with_one_more_paste(
    server: Cluster,
) -> None:
    installed = QUICK_START.partition(" --wait")[0]
    try:
        for code in (installed, SWITCHES):
            with pasted(server, code) as shell:
                assert shell.stdout
                message = shell.stdout.read()
            assert "STATUS: deployed" in message
        kinds = "servicemonitor,prometheusrule,configmap,networkpolicy"
        names = server.kubectl("get", kinds, "--output=name").out.split()
        assert len([name for name in names if "/exporter-matomo" in name]) == 6
    finally:
        server.helm("uninstall", "exporter")
