#!/bin/sh
# Runs core:archive again and again, as soon as Matomo's web wizard has come to its end.
# The exporter follows the same log, and is told the same options.
set -u

LOG=$MATOMO_ARCHIVER_LOG_FILE
MOST=$((64 * 1024 * 1024)) # bytes of a log, of which there are two

installed() { [ -s config/config.ini.php ] && ! grep -q '^installation_in_progress' config/config.ini.php; }

archive() {
    if [ -f "$LOG" ] && [ "$(wc -c <"$LOG")" -gt "$MOST" ]; then mv "$LOG" "$LOG.1"; fi
    php console core:archive --no-ansi \
        --concurrent-requests-per-website="$MATOMO_ARCHIVER_CONCURRENT_REQUESTS" \
        --max-archives-to-process="$MATOMO_ARCHIVER_MAX_ARCHIVES_TO_PROCESS" >>"$LOG" 2>&1
    echo "core:archive ended with status $?"
}

until installed; do sleep 10; done
while :; do
    archive
    sleep "$ARCHIVER_PAUSE"
done
