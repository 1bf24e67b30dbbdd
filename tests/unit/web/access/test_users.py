"""Names and passwords, checked against real bcrypt hashes."""

import asyncio
import time
from collections.abc import Awaitable

import pytest

from matomo_archive_exporter.web.access.users import LoginResult, Users
from tests.support.scrape import basic
from tests.support.web_config import SLOW, hashed

NASTY = ["", " ", "a:b:c", "pässwörd", "密码", 'q"uo\\te', "x" * 72]


def login(name: str, password: str) -> bytes:
    return basic(name, password).encode()


def authenticate(users: Users, *authorizations: bytes) -> list[LoginResult]:
    """The results for headers that come all at once."""

    async def all_at_once() -> list[LoginResult]:
        asked: list[Awaitable[LoginResult]] = [users.authenticate(one) for one in authorizations]
        return await asyncio.gather(*asked)

    return asyncio.run(all_at_once())


def seconds_of(users: Users, authorization: bytes) -> float:
    """CPU seconds, of all threads: a busy machine does not make them more."""
    begun = time.process_time()
    authenticate(users, authorization)
    return time.process_time() - begun


@pytest.mark.parametrize("password", NASTY)
def test_any_right_password_is_accepted(password: str) -> None:
    users = Users({"alice": hashed(password)})
    assert authenticate(users, login("alice", password)) == [LoginResult.ACCEPTED]
    assert authenticate(users, login("alice", f"!{password}")) == [LoginResult.REFUSED]


def test_of_a_long_password_bcrypt_takes_72_bytes() -> None:
    users = Users({"alice": hashed("x" * 72)})
    assert authenticate(users, login("alice", "x" * 100)) == [LoginResult.ACCEPTED]


@pytest.mark.parametrize("name", ["bob", "", "Alice", "alice "])
def test_an_unknown_name_is_refused_with_every_password(name: str) -> None:
    users = Users({"alice": hashed("secret")})
    assert authenticate(users, login(name, "secret")) == [LoginResult.REFUSED]


@pytest.mark.parametrize(
    "header",
    [b"", b"Basic", b"Basic ", b"Basic !!!!", b"Basic YQ==", b"Bearer YTpi", b"Basic YTpi YTpi"],
)
def test_other_authentication_than_basic_is_refused(header: bytes) -> None:
    assert authenticate(Users({"a": hashed("b")}), header) == [LoginResult.REFUSED]


def test_the_scheme_may_be_written_in_any_case() -> None:
    assert authenticate(Users({"a": hashed("b")}), b"bAsIC  YTpi ") == [LoginResult.ACCEPTED]


def test_a_login_that_was_right_is_not_checked_again() -> None:
    users = Users({"alice": hashed("secret", SLOW)})
    right = login("alice", "secret")
    first, second = seconds_of(users, right), seconds_of(users, right)
    assert second < first / 5


def test_a_login_that_was_wrong_is_checked_again() -> None:
    users = Users({"alice": hashed("secret", SLOW)})
    wrong = login("alice", "wrong")
    first, second = seconds_of(users, wrong), seconds_of(users, wrong)
    assert second > first / 3


def test_an_unknown_name_takes_as_long_as_a_wrong_password() -> None:
    users = Users({"alice": hashed("secret", SLOW)})
    known = min(seconds_of(users, login("alice", "wrong")) for _ in range(3))
    unknown = min(seconds_of(users, login("bob", "wrong")) for _ in range(3))
    assert 0.5 < unknown / known < 2


def test_many_who_come_at_once_with_the_same_login_wait_for_one_check() -> None:
    users = Users({"alice": hashed("secret", SLOW)})
    right = login("alice", "secret")
    begun = time.process_time()
    assert authenticate(users, *[right] * 20) == [LoginResult.ACCEPTED] * 20
    together = time.process_time() - begun
    assert together < 5 * seconds_of(users, login("alice", "wrong"))


def test_surplus_password_checks_get_busy() -> None:
    users = Users({"alice": hashed("secret")})
    results = authenticate(users, *(login("alice", str(number)) for number in range(50)))
    assert results.count(LoginResult.REFUSED) == 32
    assert results.count(LoginResult.BUSY) == 18
    assert authenticate(users, login("alice", "secret")) == [LoginResult.ACCEPTED]


def test_checks_that_wait_are_refused_at_the_end() -> None:
    slow = hashed("secret", SLOW + 2)
    users = Users({"alice": slow})

    async def leave() -> list[LoginResult]:
        asked = [asyncio.create_task(users.authenticate(login("alice", str(n)))) for n in range(20)]
        await asyncio.sleep(0.01)
        users.close()
        return await asyncio.gather(*asked)

    begun = time.perf_counter()
    assert asyncio.run(leave()) == [LoginResult.BUSY] * 20
    assert time.perf_counter() - begun < seconds_of(Users({"b": slow}), login("b", ""))


def test_logins_are_remembered_beyond_a_change_of_other_users() -> None:
    hashes = {"alice": hashed("secret", SLOW), "bob": hashed("b")}
    users, right, bobs = Users(hashes), login("alice", "secret"), login("bob", "b")
    assert authenticate(users, right, bobs) == [LoginResult.ACCEPTED] * 2
    later = Users({"alice": hashes["alice"], "bob": hashed("other")}, users)
    assert seconds_of(later, right) < 0.01
    assert authenticate(later, bobs) == [LoginResult.REFUSED]
    assert authenticate(Users({"bob": hashes["bob"]}, later), right) == [LoginResult.REFUSED]


def test_a_hash_that_only_looks_like_one_accepts_no_password() -> None:
    broken = hashed("secret")
    broken = f"{broken[:28]}/{broken[29:]}"
    assert authenticate(Users({"alice": broken}), login("alice", "secret")) == [LoginResult.REFUSED]
