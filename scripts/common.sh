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

# packages PURPOSE...: prints those of scripts/packages, with spaces between them.
packages() {
    local purpose
    for purpose in "$@"; do
        sed -n "s/^$purpose  *//p" scripts/packages
    done | xargs
}

# install_for PURPOSE...: installs the packages for it, or fails with the command that does.
install_for() {
    # shellcheck disable=SC2046  # one word is one package
    apt_install $(packages "$@") || fail "$* cannot be installed; as root: apt-get install $(packages "$@")"
}

# missing TOOL...: prints the first that is not there; false if all are.
missing() {
    local tool
    for tool in "$@"; do
        have "$tool" || { echo "$tool" && return; }
    done
    return 1
}

# The exporter's version.
version() { sed -n 's/^__version__ = "\(.*\)"$/\1/p' exporter/matomo_archive_exporter/__init__.py; }

# of_commit FORMAT OTHERWISE: something of the last commit; a tree without git has none.
of_commit() { git -c safe.directory='*' log -1 --format="$1" 2>/dev/null || echo "$2"; }

readonly DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The name of this machine's own release of Debian.
debian_release() { (. /etc/os-release && printf '%s' "${VERSION_CODENAME:-sid}"); }

# debian_image RELEASE PACKAGE,... IMAGE: makes a container image of a release and packages in it.
debian_image() {
    local mirror tree status=0
    mirror=$(debian_mirror)
    tree=$(mktemp --suffix=.tar)
    say "making a container image from Debian $1"
    { quietly mmdebstrap --quiet --variant=minbase --include="$2" "$1" "$tree" \
        "deb [signed-by=$DEBIAN_KEYRING] $mirror $1 main" && quietly podman import "$tree" "$3"; } || status=$?
    rm -f "$tree"
    [[ $status -eq 0 ]] || fail "Debian $1 cannot be downloaded; needs apt and a mirror of Debian"
}

# The address from which this machine gets its own release of Debian.
debian_mirror() {
    local release
    release=$(debian_release)
    # shellcheck disable=SC2016  # apt fills these in
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v releases="^($release|stable|testing|unstable|sid)\$" \
            '$2 == "main" && $1 ~ releases { print $3; exit }'
}

# apt with a source list, lists and cache of its own below the folder $APT.
private_apt() {
    apt-get -q \
        -o Dir::Etc::SourceList="$APT/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State="$APT/state" -o Dir::State::status="$APT/status" -o Dir::Cache="$APT/cache" \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none "$@"
}

# open_debian RELEASE: lets private_apt see a release that need not be this machine's own, where
# nothing is installed yet. apt's signature checks stay on.
open_debian() {
    local address
    { have apt-get && have dpkg && [[ -r $DEBIAN_KEYRING ]]; } || return 1
    address=$(debian_mirror)
    [[ -n $address ]] || { say "no Debian mirror in apt's sources" && return 1; }
    mkdir -p "$APT"/{state/lists/partial,cache/archives/partial}
    : >"$APT/status"
    # Old mirrors and snapshots are as good as new ones here: only the date goes unchecked.
    printf 'deb [signed-by=%s check-valid-until=no target=Packages] %s %s main\n' \
        "$DEBIAN_KEYRING" "$address" "$1" >"$APT/sources.list"
    quietly private_apt update
}

readonly OPERATOR=github.com/prometheus-operator/prometheus-operator@v0.85.0
readonly OPERATOR_SUM=h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=

# The folder of prometheus-operator's sources, which Go has checked against the sum that it prints.
operator_sources() {
    local sum folder
    read -r sum folder < <(go mod download -json "$OPERATOR" |
        .venv/bin/python -c "import json, sys; got = json.load(sys.stdin); print(got['Sum'], got['Dir'])") ||
        fail "$OPERATOR cannot be downloaded; needs a Go module proxy"
    [[ $sum == "$OPERATOR_SUM" ]] || fail "$OPERATOR is not what was pinned"
    echo "$folder"
}
