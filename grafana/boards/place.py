"""The place of death as a sentence. Only a label can hold text, so figures become labels."""

from grafana.boards.queries import AFTER, EACH, RATIO, RUN, of

_BUILT = of("matomo_archive_predicted_archives", RUN)
_SECONDS = of("matomo_archive_memory_exhausted_after_seconds", RUN)
_PLACE = {
    "after": AFTER,
    "all": _BUILT,
    "share": f"floor(100 * {AFTER} / {_BUILT})",
    "site": of("matomo_archive_memory_exhausted_after_sites", RUN),
    "sites": of("matomo_archive_next_run_sites"),
}
_WITH_TIME = {**_PLACE, "minutes": f"floor({_SECONDS} / 60)"}
_WHERE = "after $1 of $2 archives ($3 %), at site $4 of $5"


def _as_label(name: str, query: str) -> str:
    """A figure as a label, 3720 as 3,720."""
    counted = f'count_values by ({EACH}) ("{name}", {query})'
    return f'label_replace({counted}, "{name}", "$1,$2", "{name}", "([0-9]+)([0-9]{{3}})")'


def _sentence(figures: dict[str, str], text: str) -> str:
    """A series with the sentence in label `place`; none if a figure is missing."""
    (first, query), *others = figures.items()
    joined = _as_label(first, query) + "".join(
        f"\n* on ({EACH}) group_left({name}) {_as_label(name, query)}" for name, query in others
    )
    names = ", ".join(f'"{name}"' for name in figures)
    parts = " ".join(["(.+)"] * len(figures))
    labelled = f'label_join({joined}, "place", " ", {names})'
    return f'label_replace({labelled}, "place", "{text}", "place", "{parts}")'


DIES_AT = f"\nor on ({EACH}) ".join(
    (
        f"({_sentence(_WITH_TIME, f'{_WHERE}, about $6 minutes after its start')})",
        f"({_sentence(_PLACE, _WHERE)})",
        f'label_replace(({RATIO} < 1) * 0, "place", "it survives", "", "")',
    )
)
"""1 if the next run dies, with the place in label `place`; 0 if it survives"""


def or_else(query: str, text: str) -> str:
    """The query, or `text` if it finds nothing: a panel of names is empty without data."""
    return f'{query}\nor on () label_replace(vector(-1), "place", "{text}", "", "")'
