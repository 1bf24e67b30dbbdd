"""The notations that users write values in."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.settings.values import (
    ListenAddress,
    parse_adapter,
    parse_duration,
    parse_host,
    parse_listen_address,
    parse_listen_addresses,
    parse_memory,
    parse_prefix,
    parse_time_limit,
    split_host,
)

PARSERS = [parse_time_limit, parse_duration, parse_memory, parse_adapter, parse_listen_addresses]
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "": 1}


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("5m", 300), ("1h", 3600), ("24h", 86400), ("90", 90),
     ("0.5", 0.5), ("1.5h", 5400), (" 5m ", 300), (2.5, 2.5), (60, 60)],
)  # fmt: skip
def test_a_duration_has_a_unit_or_is_a_number_of_seconds(written: object, seconds: float) -> None:
    assert parse_duration(written) == pytest.approx(seconds)


@given(st.integers(1, 10**6), st.sampled_from(sorted(UNITS)))
def test_every_unit_of_time_counts_as_it_should(number: int, unit: str) -> None:
    assert parse_duration(f"{number}{unit}") == pytest.approx(number * UNITS[unit])


@pytest.mark.parametrize(
    "written", ["", "0", "0s", "-5s", "5 m", "5d", "s", "1e3", "inf", "nan", "1h30m", "9" * 400]
)
def test_a_text_that_is_no_duration_above_zero_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="500ms, 30s, 5m or 1h"):
        parse_duration(written)


@pytest.mark.parametrize("written", ["0", 0, " 0 ", 0.0, "0s", "0h"])
def test_a_time_limit_of_0_is_none(written: object) -> None:
    assert parse_time_limit(written) == 0
    assert parse_time_limit("12h") == parse_duration("12h")


@pytest.mark.parametrize(
    ("written", "size"),
    [("128M", 128 * 1024**2), ("2G", 2 * 1024**3), ("5120k", 5 * 1024**2), ("3000000", 3000000),
     ("256Mi", 256 * 1024**2), ("1Gi", 1024**3), ("6400Ki", 6400 * 1024), ("1g", 1024**3),
     (" 1gi ", 1024**3), (134217728, 134217728), ("512 M", 512 * 1024**2), ("1.5G", 1024**3)],
)  # fmt: skip
def test_a_memory_size_is_in_php_or_kubernetes_notation(written: object, size: int) -> None:
    assert parse_memory(written) == size


@pytest.mark.parametrize("written", ["-1", -1, " -1 ", None])
def test_minus_one_is_no_memory_limit(written: object) -> None:
    assert parse_memory(written) is None


@pytest.mark.parametrize("written", ["", "0", "0M", "2048", "64Ki", "-2", "128MB", "1T"])
def test_where_php_refuses_a_limit_it_keeps_its_own(written: str) -> None:
    assert parse_memory(written) == 128 * 1024**2


@pytest.mark.parametrize("written", ["M", "a", "lots", "Mi"])
def test_a_text_that_is_no_memory_size_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="256M or 2G, or -1 for no limit"):
        parse_memory(written)


@pytest.mark.parametrize("spelling", [r"PDO\MYSQL", "PDO_MYSQL", "mysql"])
@pytest.mark.parametrize("case", [str.upper, str.lower, str.title])
def test_the_pdo_adapter_has_several_spellings(spelling: str, case: Callable[[str], str]) -> None:
    assert parse_adapter(case(spelling)) == r"PDO\MYSQL"


@pytest.mark.parametrize("spelling", ["MYSQLI", "mysqli", "MySQLi", " mysqli "])
def test_the_mysqli_adapter_is_written_in_any_case(spelling: str) -> None:
    assert parse_adapter(spelling) == "MYSQLI"


@pytest.mark.parametrize("spelling", ["", "PDO", "pgsql", "PDO\\\\MYSQL", "mariadb"])
def test_an_unknown_adapter_is_refused_with_those_there_are(spelling: str) -> None:
    with pytest.raises(ValueError, match=r"PDO\\MYSQL .* or MYSQLI"):
        parse_adapter(spelling)


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [(":16286", "", 16286), ("192.0.2.1:1", "192.0.2.1", 1), ("[::1]:16286", "::1", 16286),
     ("[::]:80", "::", 80), ("exporter.example.org:9", "exporter.example.org", 9),
     (" localhost:0 ", "localhost", 0)],
)  # fmt: skip
def test_an_address_is_a_host_and_a_port(written: str, host: str, port: int) -> None:
    assert parse_listen_address(written) == ListenAddress(host, port)


@pytest.mark.parametrize("written", [":16286", "127.0.0.1:80", "[::1]:16286"])
def test_an_address_is_shown_as_it_is_written(written: str) -> None:
    assert str(parse_listen_address(written)) == written


@pytest.mark.parametrize("written", ["", "16286", "host", "host:", "host:x", ":65536", ":-1", ":²"])
def test_an_address_without_a_port_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="takes host:port"):
        parse_listen_address(written)


@pytest.mark.parametrize("written", ["::1:16286", "::", "fe80::1:80"])
def test_an_ipv6_address_needs_brackets(written: str) -> None:
    with pytest.raises(ValueError, match=r"host:port|brackets"):
        parse_listen_address(written)


def test_several_addresses_have_commas_between_them() -> None:
    assert [str(address) for address in parse_listen_addresses(":1,[::1]:2, h:3")] == [
        ":1",
        "[::1]:2",
        "h:3",
    ]


@pytest.mark.parametrize("written", ["", ":1,", [], ()])
def test_an_empty_list_and_an_empty_address_are_refused(written: object) -> None:
    with pytest.raises(ValueError, match="takes"):
        parse_listen_addresses(written)


@pytest.mark.parametrize("parser", PARSERS)
@given(st.text())
def test_a_refusal_is_one_line_that_does_not_repeat_the_value(
    parser: Callable[[object], object], written: str
) -> None:
    secret = f"<{written}>"
    with pytest.raises(ValueError, match=r"^takes [^\n]+$") as error:
        parser(secret)
    assert secret not in str(error.value)


# Where the database is: what Matomo's installer takes


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("db", {"host": "db"}),
        ("db:3307", {"host": "db", "port": "3307"}),
        ("192.0.2.1:3307", {"host": "192.0.2.1", "port": "3307"}),
        ("[::1]", {"host": "[::1]"}),
        ("[::1]:3307", {"host": "[::1]", "port": "3307"}),
        ("::1", {"host": "::1"}),
        ("/run/mysqld/mysqld.sock", {"unix_socket": "/run/mysqld/mysqld.sock"}),
        ("localhost:/run/mysqld/mysqld.sock", {"unix_socket": "/run/mysqld/mysqld.sock"}),
        ("mysql://user:secret@db:3307/matomo", {"host": "mysql://user:secret@db:3307/matomo"}),
        ("user:secret@db/matomo", {"host": "user:secret@db/matomo"}),
        ("db/matomo", {"host": "db/matomo"}),
        ("db:", {"host": "db:"}),
        ("", {"host": ""}),
    ],
)
def test_a_host_may_hold_a_port_or_be_a_socket(written: str, parts: dict[str, str]) -> None:
    assert split_host(written) == parts


@pytest.mark.parametrize(
    ("written", "host"), [("[::1]", "::1"), ("::1", "::1"), ("a-b.c", "a-b.c")]
)
def test_a_host_is_a_name_or_an_address(written: str, host: str) -> None:
    assert parse_host(written) == host


@pytest.mark.parametrize(
    "written", ["mysql://u:S3cr3t@db", "db:99x", "u@db", "db/x", "a b", "[::1"]
)
def test_any_other_host_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(ValueError, match=r"host:port, \[address\]:port, /socket") as error:
        parse_host(written)
    assert written not in str(error.value)


@pytest.mark.parametrize("prefix", ["", "matomo_", "my-matomo_", "my.matomo_", "ünï_"])
def test_a_prefix_may_hold_a_dash_and_a_dot(prefix: str) -> None:
    assert parse_prefix(prefix) == prefix


@pytest.mark.parametrize("prefix", ["a`b", "a b", "a;b", "a/b"])
def test_any_other_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="takes letters, digits"):
        parse_prefix(prefix)


def test_the_adapter_of_wordpress_is_built_on_mysqli() -> None:
    assert parse_adapter("WordPress") == "MYSQLI"
