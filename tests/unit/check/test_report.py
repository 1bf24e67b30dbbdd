"""The answer of `check` as text."""

from matomo_archive_exporter.check.report import CheckResult, Report, as_lines

LOST = "cannot connect"


def test_collectors_that_fail_for_one_reason_share_a_line() -> None:
    report = Report((), {"queue": LOST, "log": None, "runs": LOST, "archives": "no grant"})
    assert [*as_lines(report)] == [
        "collectors",
        "  ok       log",
        "  MISSING  queue, runs: cannot connect",
        "  MISSING  archives: no grant",
    ]


def test_a_result_that_was_found_twice_is_one_line() -> None:
    found = CheckResult("tables", "ok", "matomo_site: idsite")
    assert [*as_lines(Report((found, found), {}))] == [
        "tables",
        "  ok       matomo_site: idsite",
        "collectors",
    ]
