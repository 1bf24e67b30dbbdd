"""`advise`: the verdict on this run and the next, and what to do."""

from contextlib import closing

from matomo_archive_exporter.collecting.refresh import read_target
from matomo_archive_exporter.collecting.situation import situation_of
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.matomo.advice.advice import advise as advice_on
from matomo_archive_exporter.matomo.advice.report import as_json, as_lines
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.terminal import print_unreadable, show_result

NO_RISK, RISK, NOT_READABLE = 0, 1, 3


def advise(settings: Settings, invocation: Invocation) -> int:
    """0 without a risk, 1 with one, 3 when the database cannot be read."""
    target = Target(settings)
    with closing(target):
        read_target(target)
    situation = situation_of(target)
    if situation is None:
        print_unreadable("the queue", target.queue.message)
        return NOT_READABLE
    advice = advice_on(situation)
    show_result(as_json(advice), as_lines(advice), as_json=bool(invocation.own.get("json")))
    return RISK if advice.is_risk else NO_RISK
