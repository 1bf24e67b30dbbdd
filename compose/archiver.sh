#!/bin/sh
# Runs core:archive again and again, once Matomo is installed by its web wizard.
# The exporter gets the same options and follows the same log.
set -u

LOG=$MATOMO_ARCHIVER_LOG_FILE
MOST=$((64 * 1024 * 1024)) # bytes per log file, two files

# With feature flag SystemSignals and PHP's pcntl, Matomo 5.3 and later releases its rows on this signal. Otherwise
# they stay in progress until archive_failure_recovery_timeout has passed.
stop() {
    if kill -TERM "${!:-}" 2>/dev/null; then wait "$!"; fi
    exit 0
}
trap stop TERM INT

installed() { [ -s config/config.ini.php ] && ! grep -q '^installation_in_progress' config/config.ini.php; }

# A shell handles signals only while it waits for a background process.
in_background() {
    "$@" &
    wait "$!"
}

archive() {
    if [ -f "$LOG" ] && [ "$(wc -c <"$LOG")" -gt "$MOST" ]; then mv "$LOG" "$LOG.1"; fi
    in_background php console core:archive --no-ansi \
        --concurrent-requests-per-website="$MATOMO_ARCHIVER_CONCURRENT_REQUESTS" \
        --max-archives-to-process="$MATOMO_ARCHIVER_MAX_ARCHIVES_TO_PROCESS" >>"$LOG" 2>&1
    echo "core:archive ended with status $?"
}

until installed; do in_background sleep 10; done
while :; do
    archive
    in_background sleep "$ARCHIVER_PAUSE"
done
