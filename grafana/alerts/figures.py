"""Figures in the texts of alerts: other metrics of the instance that the alert is about."""

COUNT = 'printf "%.0f"'
"""a whole number; other forms are functions of Prometheus' templates"""


def figure(
    metric: str,
    labels: str = "",
    *,
    form: str = "humanize",
    where: str = "",
    text: str = "{}",
    fallback: str = "?",
) -> str:
    """`text` with the value of a metric in it, or `fallback` where there is none.

    `labels` are further matchers (`run='configured'`), `where` is a comparison (`== 1`): a value
    for which it does not hold is none.
    """
    matchers = ",".join(filter(None, (labels, "job='%s'", "instance='%s'")))
    query = " ".join(filter(None, (f"{metric}{{{matchers}}}", where)))
    asked = f'printf "{query}" $labels.job $labels.instance | query'
    shown = text.replace("{}", f"{{{{ . | first | value | {form} }}}}")
    return f"{{{{ with {asked} }}}}{shown}{{{{ else }}}}{fallback}{{{{ end }}}}"


def size(metric: str, labels: str = "") -> str:
    """A size in bytes: "375MiB"."""
    return figure(metric, labels, form="humanize1024", text="{}B")
