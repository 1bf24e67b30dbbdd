"""Recent results are not computed again."""

from matomo_archive_exporter.matomo.simulation.bounded_cache import BoundedCache


def asked(cache: BoundedCache[str], key: str, rows: int = 1) -> bool:
    """Whether it had to be worked out."""
    calls = []

    def work_out() -> tuple[str, int]:
        calls.append(key)
        return key.upper(), rows

    assert cache.get(key, work_out) == key.upper()
    return bool(calls)


def test_the_same_key_is_worked_out_once() -> None:
    cache: BoundedCache[str] = BoundedCache(10)
    assert [asked(cache, key) for key in ("a", "b", "a", "b")] == [True, True, False, False]


def test_when_there_are_too_many_rows_what_was_not_used_for_longest_goes() -> None:
    cache: BoundedCache[str] = BoundedCache(3)
    for key in ("a", "b", "c", "a", "d"):
        asked(cache, key)
    assert not asked(cache, "a")
    assert asked(cache, "b")


def test_one_with_very_many_rows_is_kept_until_the_next_one_comes() -> None:
    cache: BoundedCache[str] = BoundedCache(3)
    asked(cache, "large", 100)
    assert not asked(cache, "large", 100)
    asked(cache, "small")
    assert asked(cache, "large", 100)
