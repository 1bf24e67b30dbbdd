"""The tables of a Matomo database that the exporter reads, in the forms found in the field.

`4.x-upgraded` is what an installation has that came from Matomo 3.x: the update to 4.0.0 created
archive_invalidations with a signed site id and a ts_invalidated that cannot be NULL, and added
ts_started as the last column. `5.2.0` is a fresh installation of 4.0.2 to 5.2.2. `5.3` has the two
columns which the update to 5.3.0 added at the end.
"""

from typing import Literal

from mysql.connector.abstracts import MySQLConnectionAbstract

Form = Literal["4.x-upgraded", "5.2.0", "5.3"]

_OPTIONS = "ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci"

_QUEUE_START = """
    idinvalidation BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    idarchive INT UNSIGNED NULL,
    name VARCHAR(255) NOT NULL,
"""
_QUEUE_DATES = """
    date1 DATE NOT NULL,
    date2 DATE NOT NULL,
    period TINYINT UNSIGNED NOT NULL,
"""
_QUEUE_KEYS = """
    PRIMARY KEY (idinvalidation),
    KEY index_idsite_dates_period_name (idsite, date1, period)
"""

_QUEUE_UPGRADED = f"""{_QUEUE_START}
    idsite INT NOT NULL,{_QUEUE_DATES}
    ts_invalidated DATETIME NOT NULL,
    status TINYINT(1) UNSIGNED DEFAULT 0,
    report VARCHAR(255) NULL,
    ts_started DATETIME NULL,{_QUEUE_KEYS}
"""
_QUEUE_FRESH = f"""{_QUEUE_START}
    idsite INT UNSIGNED NOT NULL,{_QUEUE_DATES}
    ts_invalidated DATETIME NULL,
    ts_started DATETIME NULL,
    status TINYINT(1) UNSIGNED DEFAULT 0,
    report VARCHAR(255) NULL,
"""

_QUEUE: dict[Form, str] = {
    "4.x-upgraded": _QUEUE_UPGRADED,
    "5.2.0": f"{_QUEUE_FRESH}{_QUEUE_KEYS}",
    "5.3": f"""{_QUEUE_FRESH}
    processing_host VARCHAR(100) NULL DEFAULT NULL,
    process_id VARCHAR(15) NULL DEFAULT NULL,{_QUEUE_KEYS}
""",
}

_SITE = """
    idsite INT UNSIGNED NOT NULL AUTO_INCREMENT,
    name VARCHAR(90) NOT NULL,
    main_url VARCHAR(255) NOT NULL,
    ts_created TIMESTAMP NULL,
    ecommerce TINYINT DEFAULT 0,
    sitesearch TINYINT DEFAULT 1,
    sitesearch_keyword_parameters TEXT NOT NULL,
    sitesearch_category_parameters TEXT NOT NULL,
    timezone VARCHAR(50) NOT NULL,
    currency CHAR(3) NOT NULL,
    exclude_unknown_urls TINYINT(1) DEFAULT 0,
    excluded_ips TEXT NOT NULL,
    excluded_parameters TEXT NOT NULL,
    excluded_user_agents TEXT NOT NULL,
    excluded_referrers TEXT NOT NULL,
    `group` VARCHAR(250) NOT NULL,
    type VARCHAR(255) NOT NULL,
    keep_url_fragment TINYINT NOT NULL DEFAULT 0,
    creator_login VARCHAR(100) NULL,
    PRIMARY KEY (idsite)
"""

_SEGMENT = """
    idsegment INT NOT NULL AUTO_INCREMENT,
    name VARCHAR(255) NOT NULL,
    definition TEXT NOT NULL,
    hash CHAR(32) NULL,
    login VARCHAR(100) NOT NULL,
    enable_all_users TINYINT NOT NULL DEFAULT 0,
    enable_only_idsite INT NULL,
    auto_archive TINYINT NOT NULL DEFAULT 0,
    ts_created TIMESTAMP NULL,
    ts_last_edit TIMESTAMP NULL,
    deleted TINYINT NOT NULL DEFAULT 0,
    PRIMARY KEY (idsegment)
"""

_OPTION = """
    option_name VARCHAR(191) NOT NULL,
    option_value LONGTEXT NOT NULL,
    autoload TINYINT NOT NULL DEFAULT 1,
    PRIMARY KEY (option_name),
    KEY autoload (autoload)
"""


def create_tables(
    connection: MySQLConnectionAbstract, form: Form = "5.2.0", prefix: str = "matomo_"
) -> None:
    """Create archive_invalidations, site, segment and option, empty, in place of older ones."""
    tables = {
        "archive_invalidations": _QUEUE[form],
        "site": _SITE,
        "segment": _SEGMENT,
        "option": _OPTION,
    }
    with connection.cursor() as cursor:
        for table, columns in tables.items():
            cursor.execute(f"DROP TABLE IF EXISTS `{prefix}{table}`")
            cursor.execute(f"CREATE TABLE `{prefix}{table}` ({columns}) {_OPTIONS}")
