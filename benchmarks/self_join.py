"""Overlaps by a self-join: every row is compared with all others of its site."""

_SEGMENT = "SUBSTR(SUBSTRING_INDEX({row}.name, '.', 1), 5)"
_U, _R = _SEGMENT.format(row="u"), _SEGMENT.format(row="r")

OVERLAPS = f"""
SELECT r.period, COUNT(*) FROM matomo_archive_invalidations r
WHERE r.status <> 1 AND r.ts_invalidated <= UTC_TIMESTAMP() AND EXISTS (
    SELECT 1 FROM matomo_archive_invalidations u
    WHERE u.idsite = r.idsite AND u.status <> 1 AND u.ts_invalidated <= UTC_TIMESTAMP()
      AND u.date1 <= r.date2 AND u.date2 >= r.date1
      AND NOT ({_U} <> '' AND {_R} <> '' AND {_U} <> {_R}
               AND u.period = r.period AND u.date1 = r.date1 AND u.date2 = r.date2)
      AND (u.date1 > r.date1 OR u.date1 = r.date1 AND (u.period < r.period
           OR u.period = r.period AND (CHAR_LENGTH(u.name) < CHAR_LENGTH(r.name)
           OR CHAR_LENGTH(u.name) = CHAR_LENGTH(r.name)
              AND u.idinvalidation > r.idinvalidation))))
GROUP BY r.period"""
