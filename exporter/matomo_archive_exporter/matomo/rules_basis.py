"""The version whose rules a forecast follows, and whether the own version was verified.

Matomo 5.2.0, 5.2.1 and 5.8.0 were run. The source was read of all releases from 4.0.0 to 5.2.2, of
5.3.2 and of 6.0.0-b1. Other versions are assumed to follow the rules of one of these.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from matomo_archive_exporter.matomo.version import Numbers, UnknownMatomoError, supported

Verified = Literal["run", "read", "assumed"]
VERIFIED: tuple[Verified, ...] = get_args(Verified)

_RUN = ("5.2.0", "5.2.1", "5.8.0")
_READ = ("5.3.2", "6.0.0-b1")
_LAST_OF_THE_READ = (5, 2, 2)
"""every release up to it was read"""
# The rules hold from the version on the left on, and are those of the one on the right. No version
# between 5.3.2 and 5.8.0 was available.
_BASES: tuple[tuple[Numbers, str], ...] = (
    ((6, 0, 0), "6.0.0-b1"),
    ((5, 4, 0), "5.8.0"),
    ((5, 3, 0), "5.3.2"),
    ((5, 2, 3), "5.2.2"),
)


@dataclass(frozen=True, slots=True)
class RulesBasis:
    """The version whose `rules` a forecast follows, and the state of the instance's own version.

    `verified` is `run` where this very version was run, `read` where its source was read, else
    `assumed`.
    """

    rules: str
    verified: Verified


def rules_basis(version: str) -> RulesBasis:
    """The basis for a version such as 5.5.1. Raises UnknownMatomoError where no rules are known."""
    numbers, is_release = supported(version)
    canonical = ".".join(map(str, numbers))
    own = canonical if is_release else canonical + version[version.index("-") :]
    rules = next((basis for since, basis in _BASES if numbers >= since), canonical)
    return RulesBasis(rules, _verified(own, numbers, is_release=is_release))


def _verified(own: str, numbers: Numbers, *, is_release: bool) -> Verified:
    if own in _RUN:
        return "run"
    is_read = own in _READ or (is_release and numbers <= _LAST_OF_THE_READ)
    return "read" if is_read else "assumed"


def rules_basis_if_known(version: str) -> RulesBasis | None:
    """The same, None where no rules are known."""
    try:
        return rules_basis(version)
    except UnknownMatomoError:
        return None


def assumption(version: str, basis: RulesBasis | None) -> str:
    """One sentence where rules are assumed; "" where this very version was run or read."""
    if basis is None or basis.verified != "assumed":
        return ""
    return f"Matomo {version} was not verified: the forecast follows the rules of {basis.rules}."
