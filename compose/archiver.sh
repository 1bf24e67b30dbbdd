#!/bin/sh
# Runs core:archive again and again, as soon as Matomo's web wizard has come to its end.
# The exporter follows the same log, and is told the same options.
set -u

LOG=$MATOMO_ARCHIVER_LOG_FILE
MOST=$((64 * 1024 * 1024)) # bytes of a log, of which there are two

# Matomo 5.3 and later gives back what it has begun when it is told to stop, with its feature flag SystemSignals and
# PHP's pcntl. Otherwise that stays marked as begun, until archive_failure_recovery_timeout has passed.
stop() {
    if kill -TERM "${!:-}" 2>/dev/null; then wait "$!"; fi
    exit 0
}
trap stop TERM INT

installed() { [ -s config/config.ini.php ] && ! grep -q '^installation_in_progress' config/config.ini.php; }

# A shell hears signals only while it waits for something in the background.
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
