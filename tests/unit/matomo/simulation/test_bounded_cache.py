"""What was worked out lately is not worked out again."""

from matomo_archive_exporter.matomo.simulation.bounded_cache import Lately


def asked(lately: Lately[str], key: str, rows: int = 1) -> bool:
    """Whether it had to be worked out."""
    calls = []

    def work_out() -> tuple[str, int]:
        calls.append(key)
        return key.upper(), rows

    assert lately.get(key, work_out) == key.upper()
    return bool(calls)


def test_the_same_key_is_worked_out_once() -> None:
    lately: Lately[str] = Lately(10)
    assert [asked(lately, key) for key in ("a", "b", "a", "b")] == [True, True, False, False]


def test_when_there_are_too_many_rows_what_was_not_used_for_longest_goes() -> None:
    lately: Lately[str] = Lately(3)
    for key in ("a", "b", "c", "a", "d"):
        asked(lately, key)
    assert not asked(lately, "a")
    assert asked(lately, "b")


def test_one_with_very_many_rows_is_kept_until_the_next_one_comes() -> None:
    lately: Lately[str] = Lately(3)
    asked(lately, "large", 100)
    assert not asked(lately, "large", 100)
    asked(lately, "small")
    assert asked(lately, "large", 100)
