"""Command lines as core:archive has them, and others that only look like it."""

from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "samples"


def recorded(name: str) -> tuple[str, ...]:
    """A command line as /proc showed it during a run of Matomo 5.2.0."""
    return tuple((SAMPLES / f"cmdline-{name}.bin").read_text(encoding="utf-8")[:-1].split("\0"))


ARCHIVER = recorded("real-main-1")
SHELL = recorded("real-child-shell-1")
REQUEST = recorded("real-child-1")

QUERY = "module=API&method=CoreAdminHome.archiveReports&idSite=1&trigger=archivephp"

ARCHIVERS = (
    "php console core:archive",
    "php ./console core:archive --url=https://example.org/",
    "php /var/www/matomo/console core:archive",
    "php8.2 console core:archive",
    "/usr/bin/php82 console core:archive",
    "/usr/local/bin/php console core:archive",
    "/usr/local/bin/ea-php82 console core:archive",
    "/opt/plesk/php/8.2/bin/php console core:archive",
    "/usr/bin/php.default console core:archive",
    "php-cli console core:archive",
    "php8.2-cli console core:archive",
    "php-cli8.2 console core:archive",
    "php-cgi -q console core:archive",
    "lsphp console core:archive",
    "frankenphp php-cli console core:archive",
    "/usr/local/bin/frankenphp php-cli /app/console core:archive -v",
    "php -d memory_limit=2G console core:archive",
    "php -dmemory_limit=2G console core:archive",
    "php -qd memory_limit=2G console core:archive",
    "php -nq -c /etc/php.ini -z opcache.so console core:archive",
    "php --define memory_limit=2G --no-php-ini console core:archive",
    "php --define=memory_limit=2G console core:archive",
    "php -f console core:archive",
    "php -f console -- core:archive",
    "php -fconsole -- core:archive",
    "php --file=console -- core:archive",
    "php -d core:archive=1 console core:archive",
    "php console -vvv --no-ansi core:archive",
    "php console --matomo-domain=example.org core:archive",
    "php console --matomo-domain example.org core:archive",
    "php console --piwik-domain example.org core:archive",
    "php console core:archive --force-idsites=1 climulti:request",
    "php console core:archiv",
    "php console core:ar",
    "php /var/www/matomo/misc/cron/archive.php --url=https://example.org/",
    "/usr/bin/php-8.2 console core:archive",
    "php-8.2.15 console core:archive",
    "/usr/local/bin/php7-74STABLE-CLI console core:archive",
    "PHP console core:archive",
    "/lib64/ld-linux-x86-64.so.2 /usr/bin/php console core:archive",
    "/lib/ld-musl-x86_64.so.1 --library-path /opt/lib /usr/bin/php8.2 -d a=1 console core:archive",
    "/lib64/ld-2.31.so --inhibit-cache --argv0 x php console core:archive",
    "php -- core:archive",
    "php -d memory_limit=1G -- core:archive -vvv",
    "php /dev/stdin core:archive",
    "php -f /proc/self/fd/3 core:archive",
)

REQUESTS = (
    f"php -q console climulti:request -q --matomo-domain= --superuser {QUERY}",
    f"php8.2 -d memory_limit=8G -q /m/console climulti:request --superuser {QUERY}&pid=1",
    f"php -q console climulti:request --superuser https://example.org/index.php?{QUERY}",
    "frankenphp php-cli console climulti:request trigger=archivephp",
)

STRANGERS = (
    "sudo -u www-data php console core:archive",
    "nice -n 19 php console core:archive",
    "ionice -c3 php console core:archive",
    "timeout 3600 php console core:archive",
    "flock -n /tmp/lock php console core:archive",
    "docker exec matomo php console core:archive",
    "docker compose exec -T app php /var/www/html/console core:archive",
    "/usr/sbin/CRON -f php console core:archive",
    "grep core:archive",
    "vim console core:archive",
    "watch php console core:archive",
    "strace -f php console core:archive",
    "python3 console core:archive",
    "console core:archive",
    "phpstorm console core:archive",
    "php-fpm: console core:archive",
    "php-fpm8.2 console core:archive",
    "php8.2-fpm console core:archive",
    "frankenphp run console core:archive",
    "frankenphp php-cli",
    "frankenphp",
    "php",
    "php console",
    "php console --no-ansi",
    "php core:archive",
    "php -r core:archive",
    "php -r 1; console core:archive",
    "php -l console core:archive",
    "php -S localhost:80 console core:archive",
    "php --run 1; console core:archive",
    "php -- console core:archive",
    "php - core:archive",
    "php -d console core:archive",
    "php -d",
    "php -f",
    "php artisan core:archive",
    "php /usr/local/bin/my-console core:archive",
    "php console help core:archive",
    "php console core:archived",
    "php console core:archive-something",
    "php console core:a",
    "php console core:",
    "php console core:clear-caches core:archive",
    "php console core:run-scheduled-tasks",
    "php console --matomo-domain core:archive",
    "php -q console climulti:request -q module=API&method=SitesManager.getSite",
    "php -q console climulti:request -q module=API&segment=pageUrl==trigger%3Darchivephp",
    "php -q console climulti:request -q module=API&trigger=archivephpx",
    "php console core:version trigger=archivephp climulti:request",
    "php archive.php",
    "php -q console climulti:request -q --superuser"
    " module=API&method=CoreAdminHome.runScheduledTasks&format=csv&trigger=archivephp",
    "php console climulti:request --superuser"
    " module=CoreAdminHome&action=runCronTasks&trigger=archivephp",
    "/lib64/ld-linux-x86-64.so.2 --list /usr/bin/php console core:archive",
    "/lib64/ld-linux-x86-64.so.2 /usr/bin/grep core:archive",
    "ld.so",
    "php8.2-FPM console core:archive",
    "php -- core:ar",
    "php -- core:archived",
)
