#!/usr/bin/env bash
# Makes sure that a real Asterisk for tests is on this machine.
#
#   export GOAGI_TEST_ASTERISK="$(test/asterisk.sh)"       # 22, or the one installed here
#   export GOAGI_TEST_ASTERISK="$(test/asterisk.sh 16)"    # the oldest that goagi serves
#
# prints the one word that package pbx wants in GOAGI_TEST_ASTERISK: "host"
# where an asterisk is installed (with an argument, one of that release), else
# the folder of a chroot with Debian's package, which is built once (about a
# minute, 700 MB) under GOAGI_CACHE (/var/cache/goagi) and used again
# afterwards. Progress goes to stderr.
#
# Exit codes: 0 there is one, 1 it cannot be had, 3 it takes root to build it.
set -euo pipefail

release=${1:-22}
packages=asterisk,asterisk-core-sounds-en-gsm
speech=() # voices for callers, and an engine that understands them

say() { printf 'asterisk.sh: %s\n' "$*" >&2; }
die() {
	say "$2"
	exit "$1"
}

case $release in # the Debian release that has it
22) suite=forky speech=(pocketsphinx pocketsphinx-en-us flite) ;;
16) suite=bullseye ;;
*) die 1 "there is no recipe for Asterisk $release, only for 16 and 22" ;;
esac

if command -v asterisk >/dev/null; then
	version=$(asterisk -V) # "Asterisk 22.10.1~dfsg"
	if (($# == 0)) || [[ $version == "Asterisk $release."* ]]; then
		say "using $version of this machine"
		echo host
		exit 0
	fi
fi

cache=${GOAGI_CACHE:-/var/cache/goagi}
root=$cache/asterisk-$release

reachable() { # every folder down to $1 may be entered by anybody
	local dir=$1
	while :; do
		[[ $(stat -c %A "$dir") == *[xt] ]] || die 1 "Asterisk's own user cannot enter $dir: chmod a+x it, or set GOAGI_CACHE"
		[[ $dir == / ]] && return
		dir=$(dirname "$dir")
	done
}

complete() { # a chroot of before, which had no speech, gets it
	((${#speech[@]} > 0)) && [[ ! -x $1/usr/bin/flite ]] || return 0
	say "adding ${speech[*]}"
	{
		chroot "$1" apt-get -o Acquire::Check-Valid-Until=false update -q &&
			DEBIAN_FRONTEND=noninteractive chroot "$1" apt-get install -q -y --no-install-recommends "${speech[@]}"
	} >&2 || die 1 "apt-get could not install ${speech[*]} in $1"
	rm -f "$1"/var/cache/apt/archives/*.deb
}

((EUID == 0)) || die 3 "no Asterisk $release on PATH, and the one in a chroot takes root"

if [[ -x $root/usr/sbin/asterisk ]] && { ((${#speech[@]} == 0)) || [[ -x $root/usr/bin/flite ]]; }; then
	reachable "$(realpath "$root")"
	echo "$root"
	exit 0
fi

# The mirror is the one this machine installs from, in case it has only that.
# shellcheck source=/dev/null
codename=$(. /etc/os-release && [[ ${ID:-} == debian ]] && echo "${VERSION_CODENAME:-}") || true
[[ -n $codename ]] || die 1 "only a Debian machine can build the chroot; install Asterisk $release by other means and put it on PATH"
# shellcheck disable=SC2016 # apt-get fills in the names
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
	awk -v c="$codename" '$2 == c && $3 == "main" { print $1; exit }')
[[ -n $mirror ]] || die 1 "apt's sources have no line for $codename main, so there is no mirror to build the chroot from"

umask 022
mkdir -p "$cache"
reachable "$(realpath "$cache")"
exec 9>"$cache/.lock"
flock -n 9 || {
	say "another asterisk.sh is building; waiting for it"
	flock 9
}
if [[ -x $root/usr/sbin/asterisk ]]; then
	complete "$root"
	echo "$root"
	exit 0
fi

if ! command -v debootstrap >/dev/null; then
	say "installing debootstrap"
	{ apt-get update -q && apt-get install -q -y --no-install-recommends debootstrap; } >&2 ||
		die 1 "debootstrap is missing and apt-get could not install it"
fi
script=/usr/share/debootstrap/scripts/$suite
[[ -e $script ]] || script=/usr/share/debootstrap/scripts/sid # an older debootstrap does not know the name

# Whole or not at all: it is built beside its place and moved there at the end.
part=$(mktemp -d "$cache/.asterisk-$release.XXXXXX")
discard() {
	umount -l "$part/proc" "$part/sys" 2>/dev/null || true
	rm -rf --one-file-system "$part"
}
trap discard EXIT
chmod 755 "$part"
say "building $root from $suite, about a minute"
debootstrap --variant=minbase --include="$packages" "$suite" "$part" "$mirror" "$script" >&2 9>&- ||
	die 1 "debootstrap could not build the chroot (see above)"
chmod 1777 "$part/tmp"
rm -f "$part"/var/cache/apt/archives/*.deb
complete "$part"
chroot "$part" asterisk -V >&2 || die 1 "the new chroot's asterisk does not start"
mv -T "$part" "$root"
trap - EXIT
say "ready in $SECONDS s"
echo "$root"
