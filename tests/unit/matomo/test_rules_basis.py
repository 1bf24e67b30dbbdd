"""The version whose rules a forecast uses, and whether it was verified."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.rules_basis import (
    VERIFIED,
    RulesBasis,
    assumption,
    rules_basis,
    rules_basis_if_known,
)
from matomo_archive_exporter.matomo.version import (
    UnknownMatomoError,
    behaviour,
    behaviour_if_known,
)

PDO = "PDO\\MYSQL"
RUN, READ = {"5.2.0", "5.2.1", "5.8.0"}, {"5.3.2", "6.0.0-b1"}
versions = st.builds(
    "{}.{}.{}{}".format,
    st.integers(3, 8),
    st.integers(0, 16),
    st.integers(0, 9),
    st.sampled_from(["", "-b1", "-rc2", "-alpha.20250123"]),
)


@pytest.mark.parametrize("version", ["5.2.0", "5.2.1", "5.8.0"])
def test_versions_that_were_run_have_rules_of_their_own(version: str) -> None:
    assert rules_basis(version) == RulesBasis(version, "run")


@pytest.mark.parametrize(
    "version", ["4.0.0", "4.0.5", "4.16.1", "5.0.0", "5.1.2", "5.2.2", "5.3.2", "6.0.0-b1"]
)
def test_versions_whose_source_was_read_have_rules_of_their_own(version: str) -> None:
    assert rules_basis(version) == RulesBasis(version, "read")


@pytest.mark.parametrize(
    ("version", "rules"),
    [
        ("4.0.0-b1", "4.0.0"),
        ("5.2.0-rc2", "5.2.0"),
        ("5.2.3", "5.2.2"),
        ("5.3.0-alpha.20250123", "5.3.2"),
        ("5.3.0", "5.3.2"),
        ("5.3.1", "5.3.2"),
        ("5.3.3", "5.3.2"),
        ("5.4.0-b1", "5.8.0"),
        ("5.4.0", "5.8.0"),
        ("5.5.1", "5.8.0"),
        ("5.8.0-rc1", "5.8.0"),
        ("5.8.1", "5.8.0"),
        ("5.13.0", "5.8.0"),
        ("6.0.0-b2", "6.0.0-b1"),
        ("6.0.0", "6.0.0-b1"),
        ("6.1.0", "6.0.0-b1"),
        ("6.99.0", "6.0.0-b1"),
    ],
)
def test_other_versions_are_assumed_to_follow_one_of_these(version: str, rules: str) -> None:
    assert rules_basis(version) == RulesBasis(rules, "assumed")


@pytest.mark.parametrize("version", ["", "five", "3.14.1", "7.0.0-b1", "7.0.0", "10.0.0"])
def test_without_known_rules_there_is_no_basis(version: str) -> None:
    assert rules_basis_if_known(version) is None
    with pytest.raises(UnknownMatomoError):
        rules_basis(version)


def test_an_assumption_is_one_sentence_that_names_both_versions() -> None:
    assert assumption("5.5.1", rules_basis("5.5.1")) == (
        "Matomo 5.5.1 was not verified: the forecast follows the rules of 5.8.0."
    )


@pytest.mark.parametrize("version", ["5.8.0", "5.3.2", "7.0.0"])
def test_no_assumption_where_a_version_was_verified_or_has_no_rules(version: str) -> None:
    assert assumption(version, rules_basis_if_known(version)) == ""


@given(versions)
def test_a_version_has_a_basis_exactly_where_it_has_rules(version: str) -> None:
    assert (rules_basis_if_known(version) is None) == (behaviour_if_known(version, PDO) is None)


@given(versions.filter(lambda v: rules_basis_if_known(v) is not None))
def test_a_basis_is_its_own_basis_and_has_the_same_rules(version: str) -> None:
    basis = rules_basis(version)
    assert basis.verified in VERIFIED
    assert rules_basis(basis.rules).rules == basis.rules
    if not version.startswith("5.3.0-"):  # they do not yet wait for rows in progress
        assert behaviour(version, PDO) == behaviour(basis.rules, PDO)


@given(versions.filter(lambda v: rules_basis_if_known(v) is not None))
def test_only_a_version_that_is_its_own_basis_is_verified(version: str) -> None:
    basis = rules_basis(version)
    if basis.verified == "run":
        assert version in RUN
    elif basis.verified == "read":
        assert version in READ or ("-" not in version and version < "5.3")
