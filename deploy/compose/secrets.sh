#!/bin/sh
# Makes the secrets of compose.yaml, unless they exist: a password, and a file with the URL of each database.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
[ -s secrets/password ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > secrets/password
for database in article users coordinator; do
    printf 'postgres://likewise:%s@postgres/%s' "$(cat secrets/password)" "$database" > "secrets/$database-db"
done
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
[ -s secrets/admin-tokens ] || printf 'operator operate %s\n' "$token" > secrets/admin-tokens
# The processes in the containers are another user.
chmod 0644 secrets/*
