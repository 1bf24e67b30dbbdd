"""The Matomo around a large queue: its sites, segments and options."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tests.support.recordings import Table, Value

NOW = 1734764028  # 2024-12-21 06:53:48 UTC, the moment that a data set shows
OLD, YOUNG = date(2020, 1, 1), date(2024, 9, 1)  # every hundredth site came late
ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland")
DAYS = ("2024-12-18", "2024-12-19", "2024-12-20", "2024-12-21")
_EMPTY_TEXTS = (
    "sitesearch_keyword_parameters",
    "sitesearch_category_parameters",
    "excluded_ips",
    "excluded_parameters",
    "excluded_user_agents",
    "excluded_referrers",
    "group",
)


@dataclass(frozen=True, slots=True)
class DataSet:
    """How many rows, sites and segments; sites take their number of segments from the list."""

    rows: int
    sites: int
    segments: int
    segments_per_site: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Site:
    idsite: int
    created: date
    segments: tuple[str, ...]  # their hashes


def sites(dataset: DataSet) -> list[Site]:
    """Give the sites; every 50th id is missing."""
    hashes = [segment_hash(n) for n in range(dataset.segments)]
    return [
        Site(
            idsite=n + n // 49 + 1,
            created=YOUNG if n % 100 == 50 else OLD,
            segments=_take(hashes, n, dataset.segments_per_site),
        )
        for n in range(dataset.sites)
    ]


def tables(dataset: DataSet) -> dict[str, Table]:
    """Give the tables site, segment and option."""
    everywhere = sites(dataset)
    return {
        "site": Table.of([_site(site) for site in everywhere]),
        "segment": Table.of([_segment(number) for number in range(dataset.segments)]),
        "option": _option([site.idsite for site in everywhere]),
    }


def segment_hash(number: int) -> str:
    """Give the hash by which done flags name a segment: the MD5 of its definition."""
    return _md5(_definition(number))


def _definition(number: int) -> str:
    return f"pageUrl=@/part-{number}/"


def _take(hashes: list[str], n: int, counts: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(hashes[(n + k) % len(hashes)] for k in range(counts[n % len(counts)]))


def _site(site: Site) -> dict[str, Value]:
    return {
        "idsite": site.idsite,
        "name": f"Site {site.idsite}",
        "main_url": f"https://s{site.idsite}.example.org",
        "ts_created": f"{site.created} 00:00:00",
        "timezone": ZONES[site.idsite % len(ZONES)],
        "currency": "EUR",
        "type": "website",
        **dict.fromkeys(_EMPTY_TEXTS, ""),
    }


def _segment(number: int) -> dict[str, Value]:
    return {
        "name": f"Segment {number}",
        "definition": _definition(number),
        "hash": segment_hash(number),
        "login": "admin",
        "enable_only_idsite": 0,
        "auto_archive": 1,
        "ts_created": "2024-01-01 00:00:00",
        "ts_last_edit": "2024-01-01 00:00:00",
    }


def _option(ids: list[int]) -> Table:
    options = {
        "version_core": "5.2.0",
        "version_Actions": "5.2.0",
        "MatomoUpdateHistory": "5.2.0,5.1.2,",
        "enableBrowserTriggerArchiving": "0",
        "LastFullArchivingStartTime": str(NOW - 3600),
        "LastCompletedFullArchiving": str(NOW - 10_000),
        "CronArchive.lastInvalidationTime": str(NOW - 60),
        "SharedSiteIdsToArchive_AllWebsites": ",".join(map(str, ids[len(ids) // 3 :])),
        "SharedSiteIdsToArchive_AllWebsites_ResetQueueTime": str((NOW - 3600) * 1000),
        "ReArchiveList": "a:0:{}",
        **dict(_remembered(ids)),
        **dict(_salts(ids)),
    }
    return Table(("option_name", "option_value"), tuple(options.items()))


def _remembered(ids: list[int]) -> Iterator[tuple[str, str]]:
    """Late tracking on two days of every tenth site, one of them seen by two processes."""
    for idsite in ids[::10]:
        for day, process in (("2024-12-18", 11), ("2024-12-18", 12), ("2024-12-19", 11)):
            start = _md5(f"{idsite}|{day}|{process}")[:4]
            yield f"{start}_report_to_invalidate_{idsite}_{day}_{process}", "1"


def _salts(ids: list[int]) -> Iterator[tuple[str, str]]:
    """Yield a salt per site and day: most rows of this table in practice. They are made up."""
    for idsite in ids:
        for day in DAYS:
            name = f"fingerprint_salt_{idsite}_{day}"
            yield name, f'{{"value":"{_md5(name)}","time":{NOW}}}'


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
