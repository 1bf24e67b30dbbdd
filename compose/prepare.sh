#!/bin/sh
# prepare.sh SECRETS LOGS: creates missing passwords, and gives the folder of logs to the user that runs PHP in
# Matomo's image. Each password is mounted only where it is needed.
set -eu

for account in matomo exporter; do
    file=$1/$account/password
    [ ! -s "$file" ] || continue
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$file.new"
    chmod 444 "$file.new"
    mv "$file.new" "$file"
done
chown 33:33 "$2"
