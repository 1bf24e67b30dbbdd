"""Figures in the texts of alerts: values of other metrics of the same instance."""

COUNT = 'printf "%.0f"'
"""shows a whole number; other forms are functions of Prometheus' templates"""


def figure(
    metric: str,
    labels: str = "",
    *,
    form: str = "humanize",
    where: str = "",
    text: str = "{}",
    fallback: str = "",
) -> str:
    """`text` with the value of a metric in it, or `fallback` if the metric has none.

    `labels` are more matchers (`run='configured'`). `where` is a comparison (`== 1`) that the
    value must meet.
    """
    matchers = ",".join(filter(None, (labels, "job='%s'", "instance='%s'")))
    query = " ".join(filter(None, (f"{metric}{{{matchers}}}", where)))
    asked = f'printf "{query}" $labels.job $labels.instance | query'
    shown = text.replace("{}", f"{{{{ . | first | value | {form} }}}}")
    otherwise = f"{{{{ else }}}}{fallback}" if fallback else ""
    return f"{{{{ with {asked} }}}}{shown}{otherwise}{{{{ end }}}}"


def size(metric: str, labels: str = "") -> str:
    """A size in bytes: "375MiB"."""
    return figure(metric, labels, form="humanize1024", text="{}B")
