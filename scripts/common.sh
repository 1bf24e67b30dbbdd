# What the scripts in this folder share. Source it from the top of the repository.
# shellcheck shell=bash

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command quietly; shows what it printed only if it fails.
quietly() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    [[ $status -eq 0 ]] || cat "$log" >&2
    rm -f "$log"
    return "$status"
}

# The command that gives root rights without asking anybody, or nothing for root itself.
as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

may_become_root() { as_root true 2>/dev/null; }

may_install() { have apt-get && may_become_root; }

# apt_install PACKAGE...: installs Debian packages; false where this user or machine cannot.
apt_install() {
    may_install || return 1
    say "installing $* with apt-get"
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update &&
        quietly as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -q -y -o DPkg::Lock::Timeout=120 --no-install-recommends install "$@"
}
