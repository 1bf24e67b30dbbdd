"""Findings and remedies on processes whose rows hold back others."""

import shlex
from collections.abc import Iterator, Sequence

from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.advice.wording import count, lasting
from matomo_archive_exporter.matomo.overlaps.held_back import HeldBack
from matomo_archive_exporter.matomo.queue.owner import Owner

_MOST_SHOWN, _MOST_RELEASED = 5, 3


def summary(situation: Situation) -> str:
    """Which process holds back how many rows, and since when; "" where none or not known."""
    found = situation.held_back or ()
    sentences = [_sentence(situation, held) for held in found[:_MOST_SHOWN]]
    if rest := found[_MOST_SHOWN:]:
        others = count(len(rest), "other process holds", "other processes hold")
        sentences.append(f"{others} back {sum(held.waiting for held in rest):,}.")
    return " ".join(sentences)


def _sentence(situation: Situation, held: HeldBack) -> str:
    name = f"{_named(held.owner)}{_state(situation, held.owner)}" if held.is_named else "unnamed"
    age = lasting(situation.now - held.started)
    kept = f"{count(held.rows, 'row')} in progress for {age}"
    waiting = count(held.waiting, "row waits", "rows wait")
    return f"Process {name}: {kept}; {waiting} for it."


def _named(owner: Owner) -> str:
    return f"{owner.process} on {owner.host}"


def _state(situation: Situation, owner: Owner) -> str:
    """Whether /proc proves that it is at work or gone; else ""."""
    if owner in situation.owners_alive:
        return " (at work)"
    return " (gone)" if owner in situation.owners_gone else ""


def release(situation: Situation) -> Iterator[Remedy]:
    """core:reset-invalidations for each process that is not known to be at work (5.3.0)."""
    if situation.behaviour is None or not situation.behaviour.can_reset:
        return
    idle = [
        held
        for held in situation.held_back or ()
        if held.is_named and held.owner not in situation.owners_alive
    ]
    for held in idle[:_MOST_RELEASED]:
        yield _reset(held, is_gone=held.owner in situation.owners_gone)


def _reset(held: HeldBack, *, is_gone: bool) -> Remedy:
    host = shlex.quote(held.owner.host)
    only_if = "" if is_gone else ", if it has ended"
    return Remedy(
        "reset_process",
        f"Queue the rows of process {_named(held.owner)} again{only_if}",
        (
            f"./console core:reset-invalidations --processing-host={host}"
            f' --older-than="{held.reset_before}"',
        ),
        f"Queues {count(held.reset, 'row')} again;"
        f" {count(held.waiting, 'queued row no longer waits', 'queued rows no longer wait')}.",
        tuple(_notes(held, is_gone=is_gone)),
    )


def _notes(held: HeldBack, *, is_gone: bool) -> Sequence[str]:
    notes = []
    if not is_gone and held.owner.pid is not None:
        notes.append(f"Check on that host that it has ended: `ps -p {held.owner.pid}`.")
    if held.reset > held.rows:
        rest = count(held.reset - held.rows, "row")
        notes.append(f"This includes {rest} that another process may be working on.")
    return [*notes, "--dry-run only lists them."]
