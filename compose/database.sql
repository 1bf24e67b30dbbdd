-- MariaDB's image runs this once, on an empty volume. It creates the exporter's account and its grants.

-- Administrators use `docker compose exec database mariadb`, without a password.
ALTER USER root@localhost IDENTIFIED VIA unix_socket;

EXECUTE IMMEDIATE CONCAT(
  "CREATE USER exporter@'%' IDENTIFIED BY ", QUOTE(LOAD_FILE('/run/secrets/exporter/password')));

-- The grants of docs/install.md need existing tables. Matomo creates most tables in its web wizard, and
-- archive tables every month. So an event makes the grants, within a minute of each new table. It runs as a
-- locked account.
CREATE USER granter@localhost ACCOUNT LOCK;
GRANT SELECT ON matomo.* TO granter@localhost WITH GRANT OPTION;
GRANT SELECT ON mysql.tables_priv TO granter@localhost;
-- In a database of its own, because Matomo's account may do anything in Matomo's.
CREATE DATABASE exporter;
GRANT EVENT ON exporter.* TO granter@localhost;

DELIMITER //
CREATE DEFINER = granter@localhost EVENT exporter.grants ON SCHEDULE EVERY 1 MINUTE DO
  FOR new IN (
    SELECT table_name AS name,
           IF(table_name = 'matomo_log_visit', ' (idsite, visit_last_action_time)', '') AS columns
      FROM information_schema.tables
     WHERE table_schema = 'matomo'
       AND table_name REGEXP CONCAT('^matomo_(archive_invalidations|option|site|segment|log_visit|',
                                    'archiving_metrics|archive_numeric_[0-9]{4}_[0-9]{2})$')
       AND table_name NOT IN (
         SELECT table_name FROM mysql.tables_priv WHERE user = 'exporter' AND db = 'matomo')
  ) DO
    EXECUTE IMMEDIATE CONCAT('GRANT SELECT', new.columns, ' ON matomo.', new.name, " TO exporter@'%'");
  END FOR//
DELIMITER ;
