"""The tables of Matomo 5.2.0 that its archiving queue lives in.

Statements are written with Matomo's default table prefix and the month `YYYY_MM`.
"""

from collections.abc import Iterable

ARCHIVE_INVALIDATIONS = """\
CREATE TABLE IF NOT EXISTS `matomo_archive_invalidations` (
    idinvalidation BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    idarchive INT UNSIGNED NULL,
    name VARCHAR(255) NOT NULL,
    idsite INT UNSIGNED NOT NULL,
    date1 DATE NOT NULL,
    date2 DATE NOT NULL,
    period TINYINT UNSIGNED NOT NULL,
    ts_invalidated DATETIME NULL,
    ts_started DATETIME NULL,
    status TINYINT(1) UNSIGNED DEFAULT 0,
    report VARCHAR(255) NULL,
    PRIMARY KEY (idinvalidation),
    INDEX index_idsite_dates_period_name (idsite, date1, period)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC"""

SITE = """\
CREATE TABLE IF NOT EXISTS `matomo_site` (
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
    `type` VARCHAR(255) NOT NULL,
    keep_url_fragment TINYINT NOT NULL DEFAULT 0,
    creator_login VARCHAR(100) NULL,
    PRIMARY KEY (idsite)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC"""

SEGMENT = """\
CREATE TABLE IF NOT EXISTS `matomo_segment` (
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
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC"""

OPTION = """\
CREATE TABLE IF NOT EXISTS `matomo_option` (
    option_name VARCHAR(191) NOT NULL,
    option_value LONGTEXT NOT NULL,
    autoload TINYINT NOT NULL DEFAULT 1,
    PRIMARY KEY (option_name),
    INDEX autoload (autoload)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC"""

ARCHIVE_NUMERIC = """\
CREATE TABLE IF NOT EXISTS `matomo_archive_numeric_YYYY_MM` (
    idarchive INT UNSIGNED NOT NULL,
    name VARCHAR(190) NOT NULL,
    idsite INT UNSIGNED NULL,
    date1 DATE NULL,
    date2 DATE NULL,
    period TINYINT UNSIGNED NULL,
    ts_archived DATETIME NULL,
    value DOUBLE NULL,
    PRIMARY KEY (idarchive, name),
    INDEX index_idsite_dates_period (idsite, date1, date2, period, name(6)),
    INDEX index_period_archived (period, ts_archived)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC"""

# Plugins add many more columns.
LOG_VISIT = """\
CREATE TABLE IF NOT EXISTS `matomo_log_visit` (
    idvisit BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    idsite INT UNSIGNED NOT NULL,
    idvisitor BINARY(8) NOT NULL,
    visit_last_action_time DATETIME NOT NULL,
    config_id BINARY(8) NOT NULL,
    location_ip VARBINARY(16) NOT NULL,
    PRIMARY KEY (idvisit),
    INDEX index_idsite_config_datetime (idsite, config_id, visit_last_action_time),
    INDEX index_idsite_datetime (idsite, visit_last_action_time),
    INDEX index_idsite_idvisitor_time (idsite, idvisitor, visit_last_action_time DESC)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC"""


def of_month(statement: str, month: str) -> str:
    """The statement for the archive table of a month."""
    return statement.replace("YYYY_MM", month)


def create_statements(months: Iterable[str]) -> list[str]:
    """CREATE TABLE statements; one archive_numeric table for each of `months` ("2024_12")."""
    once = (ARCHIVE_INVALIDATIONS, SITE, SEGMENT, OPTION, LOG_VISIT)
    return [*once, *(of_month(ARCHIVE_NUMERIC, month) for month in months)]
