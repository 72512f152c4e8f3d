#!/usr/bin/env bash
# Makes sure that the servers for tests are on this machine: PostgreSQL, MariaDB,
# Redis (or Valkey) and nginx, of Debian's packages.
#
#   test/servers.sh
#
# As root it installs what is missing. What it installs is neither started nor
# started at boot: package test/servers starts servers of its own, on loopback.
# Progress goes to stderr; nothing goes to stdout.
#
# Exit codes: 0 all are there, 1 some cannot be had, 3 it takes root to install them.
set -euo pipefail
PATH=$PATH:/usr/sbin

say() { printf 'servers.sh: %s\n' "$*" >&2; }
die() {
	say "$2"
	exit "$1"
}

missing() { # one line for each: its package, and the service of that
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql postgresql
	{ command -v mariadbd && command -v mariadb-install-db; } >/dev/null || echo mariadb-server-core
	if ! command -v redis-server >/dev/null && ! command -v valkey-server >/dev/null; then
		redis='redis-server'
		apt-cache show redis-server >/dev/null 2>&1 || redis='valkey-server'
		echo "$redis" "$redis"
	fi
	command -v nginx >/dev/null || echo nginx nginx
}

rows=$(missing)
[[ -n $rows ]] || exit 0
mapfile -t packages < <(cut -d' ' -f1 <<<"$rows")
((EUID == 0)) || die 3 "${packages[*]}: not here, and to install them takes root"
command -v apt-get >/dev/null || die 1 "${packages[*]}: not here, and only Debian's packages are known"

# A package starts its server when it is installed, unless this file forbids it.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
elif "$policy" postgresql start; then
	die 1 "$policy lets packages start their servers: end it with exit 101, or install ${packages[*]} yourself"
fi
# Neither does PostgreSQL need a cluster.
if [[ " ${packages[*]} " == *" postgresql "* && ! -e /etc/postgresql-common ]]; then
	mkdir -p /etc/postgresql-common/createcluster.d
	echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/goagi-test.conf
fi

say "installing ${packages[*]}"
{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}"; } >&2 ||
	die 1 "apt-get could not install ${packages[*]}"
while read -r _ service; do
	[[ -z $service ]] || update-rc.d "$service" disable >&2 || true # one without a boot script
done <<<"$rows"
rows=$(missing)
[[ -z $rows ]] || die 1 "installed, but still not here: $(cut -d' ' -f1 <<<"$rows" | xargs)"
