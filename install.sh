#!/usr/bin/env bash
# install.sh puts goagi and its scripts where Asterisk looks for AGI programs:
#
#   AGIDIR/goagi                     the binary                            755
#   AGIDIR/scripts/NAME.lua          the call flows we ship                644
#   AGIDIR/scripts/NAME.lua.new      ... beside one that you have edited   644
#   AGIDIR/scripts/.goagi-manifest   sha256 of every script as we wrote it 644
#   /etc/systemd/system/goagi.service   with --service                     644
#   /var/lib/goagi                   files of scripts, for Asterisk's user 750, without a service
#
# Everything that can be checked is checked before the first write, and each file appears whole or not at all.
set -euo pipefail
shopt -s extglob
umask 022
export LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/go/bin # sudo and cron leave some of these out
unset CDPATH

usage() {
	cat <<'TEXT'
usage: ./install.sh [flags]

Builds goagi and installs it, with scripts/*.lua, into Asterisk's agi-bin. A script that you have edited is never
overwritten: the new one is put beside it as NAME.lua.new. Running it again changes nothing that is up to date.

  --binary FILE      install this goagi instead of building one
  --agi-dir DIR      Asterisk's agi-bin (asked of the running Asterisk, else read from asterisk.conf, else the
                     default compiled into Asterisk)
  --conf FILE        the asterisk.conf that Asterisk runs with (/etc/asterisk/asterisk.conf)
  --data-dir DIR     folder for the files of scripts, made for Asterisk's user (/var/lib/goagi, which goagi expects); not
                     with --prefix, nor where there is a service, whose systemd makes it
  --prefix DIR       put everything below DIR, for a package or an image; needs no Asterisk, and the agi-bin is then
                     /var/lib/asterisk/agi-bin unless --agi-dir names another
  --service          also install goagi serve as a service of systemd, goagi.service; it is not started
  --uninstall        remove the binary, the service and every script that you have not edited
  --dry-run          say what would be done and write nothing
  --help             this text

VERSION=v1.2.3 in the environment names the version; without it git describe does.
Exit codes: 0 done, 1 it cannot be done, 2 wrong usage.
TEXT
}

say() { printf 'install.sh: %s\n' "$*"; }
warn() { printf 'install.sh: warning: %s\n' "$*" >&2; }

# fail CODE MESSAGE [HINT]... ends the script.
fail() {
	local code=$1 hint
	printf 'install.sh: error: %s\n' "$2" >&2
	for hint in "${@:3}"; do printf 'install.sh: hint: %s\n' "$hint" >&2; done
	exit "$code"
}
die() { fail 1 "$@"; }

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
binary='' agi_dir='' data='/var/lib/goagi' conf='' prefix='''' staged='' service='' uninstall='' dry=''

while (($#)); do
	case $1 in
	--binary | --agi-dir | --data-dir | --conf | --prefix)
		(($# > 1)) || fail 2 "$1 wants a value" './install.sh --help lists the flags'
		set -- "$1=$2" "${@:3}"
		continue
		;;
	--*=) fail 2 "${1%=} wants a value" './install.sh --help lists the flags' ;;
	--binary=*) binary=${1#*=} ;;
	--agi-dir=*) agi_dir=${1#*=} ;;
	--data-dir=*) data=${1#*=} ;;
	--conf=*) conf=${1#*=} ;;
	--prefix=*) prefix=${1#*=} staged=yes ;;
	--service) service=yes ;;
	--uninstall) uninstall=yes ;;
	--dry-run) dry=yes ;;
	--help | -h)
		usage
		exit
		;;
	*) fail 2 "unknown argument $1" './install.sh --help lists the flags' ;;
	esac
	shift
done
[[ -z $agi_dir || $agi_dir == /* ]] || fail 2 "--agi-dir $agi_dir is not an absolute path"
[[ $data == /* ]] || fail 2 "--data-dir $data is not an absolute path"

# work is ours alone; stage and part lie in the agi-bin while something is on its way there.
work=$(mktemp -d) stage='' part=''
clean() { rm -rf -- "$work" ${stage:+"$stage"} ${part:+"$part"}; }
trap clean EXIT
trap 'exit 1' HUP INT TERM

owner=()
((EUID != 0)) || owner=(-o root -g root)

# ---- where Asterisk is ----------------------------------------------------------------------------------------------

# setting SECTION KEY prints a value from asterisk.conf, the last one if there are several. A section marked (!) is a
# template, which sets nothing: Debian ships its [directories] that way.
setting() {
	[[ -r $conf ]] || return 0
	awk -v section="[$1]" -v key="$2" '
		{ sub(/;.*/, ""); gsub(/^[ \t]+|[ \t\r]+$/, "") }
		/^\[/ {
			close_at = index($0, "]")
			inside = substr($0, 1, close_at) == section && substr($0, close_at) !~ /!/
			next
		}
		inside && match($0, /[ \t]*=>?[ \t]*/) && tolower(substr($0, 1, RSTART - 1)) == key {
			value = substr($0, RSTART + RLENGTH)
		}
		END { print value }' "$conf"
}

# running NAME prints a line's value from what the running Asterisk says of itself; nothing if none runs.
running() { sed -n "/^ *$1: */{s///;p;q}" "$work/settings"; }

# compiled prints the agi-bin that the asterisk program falls back on: the path is in it as a string.
compiled() { [[ -z $asterisk ]] || grep -ao '/[[:print:]]*/agi-bin' "$asterisk" | sed q || true; }

# ask_asterisk finds the program and, if it runs, its settings (core show settings).
ask_asterisk() {
	local flag=()
	: >"$work/settings"
	if [[ -n $conf ]]; then
		[[ -r $conf ]] || die "--conf $conf cannot be read"
		flag=(-C "$conf")
	fi
	conf=${conf:-/etc/asterisk/asterisk.conf}
	asterisk=$(command -v asterisk || true)
	[[ -n $asterisk ]] || return 0
	timeout 5 "$asterisk" "${flag[@]}" -rx 'core show settings' </dev/null >"$work/settings" 2>/dev/null || true
}

# find_agi_dir sets agi_dir and found_by.
find_agi_dir() {
	found_by='--agi-dir'
	[[ -z $agi_dir ]] || return 0
	if [[ -n $staged ]]; then
		agi_dir=/var/lib/asterisk/agi-bin found_by='the default for --prefix'
		return
	fi
	agi_dir=$(running 'AGI Scripts directory') found_by='the running Asterisk'
	[[ -z $agi_dir ]] || return 0
	[[ -n $asterisk || -r $conf ]] || die 'there is no Asterisk here' \
		'name its agi-bin with --agi-dir DIR, or stage the files for a package or an image with --prefix DIR'
	agi_dir=$(setting directories astagidir) found_by="astagidir in $conf"
	[[ -z $agi_dir ]] || return 0
	agi_dir=$(compiled) found_by="the default compiled into $asterisk"
	[[ -n $agi_dir ]] || die "Asterisk's agi-bin cannot be found" 'name it with --agi-dir DIR'
}

# find_user sets user, the name that Asterisk runs as; empty when it cannot be told or does not exist here.
find_user() {
	local pid
	user=$(running 'User name and group') user=${user%%/*}
	if [[ -z $user ]] && pid=$(cat "$(running 'PID file')" 2>/dev/null) && [[ -n $pid ]]; then
		user=$(stat -c %U "/proc/$pid" 2>/dev/null || true)
	fi
	user=${user:-$(setting options runuser)}
	user=${user:-asterisk}
	id -u -- "$user" >/dev/null 2>&1 || user=''
}

# as_user COMMAND... runs it as Asterisk's user where we may, else as ourselves.
as_user() {
	if [[ -n $switch ]]; then runuser -u "$user" -- "$@"; else "$@"; fi
}

# enters DIR asks whether Asterisk's user can pass through a folder; unless we may try, everybody must be able to.
enters() {
	if [[ -n $switch ]]; then as_user test -x "$1"; else [[ $(stat -Lc %A -- "$1") == *[xt] ]]; fi
}

# closed_folder DIR prints the first folder on the way to DIR that Asterisk's user cannot pass.
closed_folder() {
	local closed=''
	[[ $1 == / ]] || closed=$(closed_folder "$(dirname -- "$1")")
	[[ -n $closed ]] || enters "$1" || closed=$1
	printf '%s' "$closed"
}

# ---- checks ---------------------------------------------------------------------------------------------------------

# check_folders refuses what would stop us half way.
check_folders() {
	local dir=$target closed
	while [[ -n $staged && ! -e $dir ]]; do dir=$(dirname -- "$dir"); done
	[[ -d $dir ]] || die "the agi-bin $dir does not exist (found by: $found_by)" \
		"if it is another folder, name it with --agi-dir DIR; else make it: mkdir -p $(printf %q "$dir")"
	[[ -w $dir ]] || die "$dir is not writable for $(id -un)" 'run install.sh as root, or stage the files with --prefix DIR'
	[[ ! -e $scripts || -d $scripts ]] || die "$scripts is in the way: it is not a folder"
	[[ ! -d $scripts || -w $scripts ]] || die "$scripts is not writable for $(id -un)" 'run install.sh as root'
	[[ ! -d $target/goagi ]] || die "$target/goagi is in the way: it is a folder" 'move it elsewhere'
	[[ -z $staged && -z $uninstall ]] || return 0
	dir=$target
	[[ ! -d $scripts ]] || dir=$scripts
	closed=$(closed_folder "$(cd -- "$dir" && pwd -P)")
	[[ -n $closed ]] || return 0
	[[ -z $switch ]] || die "Asterisk's user $user cannot enter $closed" "chmod o+x $(printf %q "$closed")"
	warn "$closed is closed to others: Asterisk's user ${user:-asterisk} may not be able to enter it"
}

older() { [[ $1 != "$2" && $(printf '%s\n' "$1" "$2" | sort -V | sed q) == "$1" ]]; }

# check_go sets go and refuses one that cannot build this module.
check_go() {
	local want have toolchain elsewhere='build goagi elsewhere and give it with --binary FILE'
	go=$(command -v go || true)
	[[ -n $go ]] || die 'there is no Go here to build goagi with' \
		"install Go, or $elsewhere; sudo has a PATH of its own: sudo env PATH=\"\$PATH\" ./install.sh"
	want=$(awk '$1 == "go" { print $2; exit }' "$here/go.mod")
	have=$(cd / && GOTOOLCHAIN=local "$go" env GOVERSION | sed 's/.*go\([0-9][0-9.]*\).*/\1/')
	older "${have:-0}" "$want" || return 0
	# From 1.21 on Go fetches the toolchain that go.mod asks for, unless it was told not to.
	toolchain=$(cd / && "$go" env GOTOOLCHAIN)
	if older "${have:-0}" 1.21 || [[ $toolchain == local* || -z $toolchain ]]; then
		die "Go ${have:-at $go} is too old: go.mod wants $want" \
			"install Go $want or newer, or $elsewhere; from 1.21 on Go can fetch it: GOTOOLCHAIN=auto ./install.sh"
	fi
	say "Go $have is older than go.mod's $want: Go will fetch it (GOTOOLCHAIN=$toolchain)"
}

# find_version sets version.
find_version() {
	version=${VERSION:-}
	if [[ -z $version && -e $here/.git ]]; then
		# safe.directory, since root may build in another user's clone.
		version=$(git -c safe.directory="$here" -C "$here" describe --tags --always --dirty 2>/dev/null || true)
	fi
	version=${version:-unknown}
	[[ $version =~ ^[A-Za-z0-9._+~-]+$ ]] || fail 2 "VERSION=$version: want letters, digits and ._+~-"
}

# build sets binary to a new static goagi.
build() {
	say "building goagi $version with $("$go" version)"
	(cd -- "$here" && CGO_ENABLED=0 "$go" build -tags nethttpomithttp2 -trimpath -buildvcs=false \
		-ldflags "-s -w -X main.version=$version" -o "$work/goagi" .) >"$work/build" 2>&1 || {
		cat "$work/build" >&2
		die 'go build did not work, see above' 'goagi built elsewhere can be given with --binary FILE'
	}
	binary=$work/goagi
}

check_binary() {
	[[ -f $binary && -x $binary ]] || die "$binary is not a program"
	says=$(env -i PATH="$PATH" "$binary" version 2>"$work/stderr" </dev/null) ||
		die "$binary version does not run here: $(sed -n '$p' "$work/stderr")"
}

# prove DIR runs DIR/goagi as Asterisk would and holds one whole dialog with it: a script that does a NOOP.
prove() {
	local line said='' code=0 pid
	mkfifo "$work/to" "$work/from"
	as_user env -i PATH="$PATH" AST_AGI_DIR="$1" timeout -k 5 20 "$1/goagi" prove.lua \
		<"$work/to" >"$work/from" 2>"$work/stderr" &
	pid=$!
	trap '' PIPE # from here on only: what Asterisk starts has no signal ignored
	exec 3>"$work/to" 4<"$work/from"
	printf 'agi_%s\n' 'request: goagi' 'channel: Local/install@goagi-00000000;2' 'language: en' 'type: Local' \
		'uniqueid: 1.1' 'version: 22.0.0' 'callerid: unknown' 'context: goagi' 'extension: 1' 'priority: 1' \
		'enhanced: 0.0' $'arg_1: prove.lua\n' 2>/dev/null >&3 || true
	while IFS= read -r -t 20 -u 4 line; do
		said+=$line$'\n'
		case $line in
		NOOP*) printf '200 result=0\n' ;;
		*) printf '200 result=1\n' ;;
		esac 2>/dev/null >&3 || true
	done
	exec 3>&- 4<&-
	trap - PIPE
	wait "$pid" || code=$?
	if ((code == 0)) && [[ $'\n'$said == *$'\n'NOOP* ]]; then return; fi
	printf '%s' "$said" >&2
	cat "$work/stderr" >&2
	die "${binary:-the new goagi} did not hold a call${switch:+ as $user}: exit code $code, what it said is above" \
		'is it goagi, and built for this machine? nothing was installed'
}

# ---- what is there and what comes -----------------------------------------------------------------------------------

declare -A ours=() # NAME -> sha256 of what we last wrote

sum() { sha256sum <"$1" | cut -d' ' -f1; }

read_manifest() {
	local hash name
	[[ -r $scripts/.goagi-manifest ]] || return 0
	while read -r hash name; do
		# A name with a slash would reach outside the folder.
		[[ $name == */* || $name != *.lua?(.new) ]] || ours[$name]=$hash
	done <"$scripts/.goagi-manifest"
}

# fate NAME FILE prints what becomes of scripts/NAME when FILE comes: new, same, updated, or kept for an edited one.
fate() {
	local there=$scripts/$1
	[[ ! -d $there ]] || die "$there is in the way: it is a folder" 'move it elsewhere'
	if [[ ! -e $there ]]; then
		echo new
	elif cmp -s -- "$2" "$there"; then
		echo same
	elif [[ ${ours[$1]:-} == "$(sum "$there")" ]]; then
		echo updated
	else
		echo kept
	fi
}

# unedited NAME asks whether scripts/NAME is there as we wrote it.
unedited() { [[ -f $scripts/$1 && ${ours[$1]:-} == "$(sum "$scripts/$1")" ]]; }

# current FILE PATH MODE asks whether PATH is FILE already.
current() { cmp -s -- "$1" "$2" && [[ $(stat -Lc %a -- "$2") == "$3" ]]; }

# place FILE PATH MODE puts a file in place in one step: no call ever sees half of it.
place() {
	! current "$@" || return 0
	part=$(mktemp -- "$(dirname -- "$2")/.goagi.XXXXXX")
	install -m "$3" "${owner[@]}" -T -- "$1" "$part"
	mv -fT -- "$part" "$2"
	part=''
}

# line WORD PATH [WHY] is one line of the report.
line() { printf '  %-9s %s%s\n' "$1" "$2" "${3:+: $3}"; }

# install_binary proves the binary from a folder in the agi-bin, so with its mount options, before the old one goes.
install_binary() {
	local word=new
	stage=$(mktemp -d -- "$target/.goagi.XXXXXX")
	chmod 755 -- "$stage"
	install -m 755 "${owner[@]}" -T -- "$binary" "$stage/goagi"
	mkdir -- "$stage/scripts"
	printf 'require("agi").noop("install.sh")\n' >"$stage/scripts/prove.lua"
	prove "$stage"
	if current "$binary" "$target/goagi" 755; then word=same; elif [[ -e $target/goagi ]]; then word=updated; fi
	line "$word" "$target/goagi"
	place "$stage/goagi" "$target/goagi" 755
	rm -rf -- "$stage"
	stage=''
}

# install_script NAME does what fate says.
install_script() {
	local name=$1 from=$here/scripts/$1 there=$scripts/$1
	if [[ ${fates[$name]} == kept ]]; then
		line kept "$there" "it is edited; the new one is $name.new"
		[[ -z $dry ]] || return 0
		place "$from" "$there.new" 644
		ours[$name.new]=$(sum "$from")
		as_user test -r "$there" || warn "Asterisk's user cannot read $there"
		return
	fi
	line "${fates[$name]}" "$there"
	[[ -z $dry ]] || return 0
	place "$from" "$there" 644
	ours[$name]=$(sum "$from")
	# What lay beside an edited script is of no use once the script is the new one.
	if unedited "$name.new"; then rm -f -- "$there.new"; fi
	unset 'ours[$name.new]'
}

# systemd COMMAND... is systemctl where systemd runs and this is its machine.
systemd() { [[ -n $staged || ! -d /run/systemd/system ]] || systemctl "$@"; }

# install_service writes the unit with the path of this agi-bin.
install_service() {
	local word=new
	sed "s|^ExecStart=.*|ExecStart=$agi_dir/goagi serve|" "$here/goagi.service" >"$work/goagi.service"
	if current "$work/goagi.service" "$unit" 644; then word=same; elif [[ -e $unit ]]; then word=updated; fi
	line "$word" "$unit"
	[[ -z $dry && $word != same ]] || return 0
	mkdir -p -- "${unit%/*}"
	place "$work/goagi.service" "$unit" 644
	systemd daemon-reload
}

# remove_service removes the unit if it is of this agi-bin.
remove_service() {
	grep -qxF "ExecStart=$agi_dir/goagi serve" "$unit" 2>/dev/null || return 0
	line removed "$unit"
	[[ -z $dry ]] || return 0
	systemd --quiet disable --now goagi
	rm -f -- "$unit"
	systemd daemon-reload
}

# install_data makes the folder for the files of scripts. Where a service runs as a user of its own, the folder is that
# one's, and systemd makes it.
install_data() {
	[[ -n $switch && ! -e $data && ! -L $data && -z $service && ! -e $unit ]] || return 0
	line new "$data" "for the files of scripts, $user's"
	[[ -z $dry ]] || return 0
	install -d -m 750 -o "$user" -g "$(id -gn -- "$user")" -- "$data"
}

write_manifest() {
	local name
	for name in "${!ours[@]}"; do printf '%s  %s\n' "${ours[$name]}" "$name"; done | sort -k 2 >"$work/manifest"
	cmp -s -- "$work/manifest" "$scripts/.goagi-manifest" || place "$work/manifest" "$scripts/.goagi-manifest" 644
}

remove() {
	local name gone=''
	printf '%s\n' "${!ours[@]}" | sort >"$work/names"
	if [[ -e $target/goagi || -L $target/goagi ]]; then
		line removed "$target/goagi"
		[[ -n $dry ]] || rm -f -- "$target/goagi"
		gone=yes
	fi
	while IFS= read -r name; do
		[[ -n $name && -e $scripts/$name ]] || continue
		gone=yes
		if unedited "$name"; then
			line removed "$scripts/$name"
			[[ -n $dry ]] || rm -f -- "$scripts/$name"
		else
			line kept "$scripts/$name" 'it is edited'
		fi
	done <"$work/names"
	if [[ -z $dry && -d $scripts ]]; then
		rm -f -- "$scripts/.goagi-manifest"
		rmdir --ignore-fail-on-non-empty -- "$scripts"
	fi
	# Files that scripts have kept stay.
	if [[ -z $staged && -d $data && ! -L $data && -z $(ls -A -- "$data" 2>/dev/null) && -w ${data%/*} ]]; then
		line removed "$data"
		[[ -n $dry ]] || rmdir -- "$data"
	fi
	[[ -n $gone ]] || say "goagi is not installed in $target"
}

# ---- do it ----------------------------------------------------------------------------------------------------------

[[ -n $staged ]] || ask_asterisk
find_agi_dir
user='' switch=''
if [[ -z $staged ]]; then
	find_user
	if ((EUID == 0)) && [[ -n $user ]] && command -v runuser >/dev/null; then switch=yes; fi
else
	[[ $prefix == /* ]] || prefix=$PWD/$prefix
fi
target=${prefix%/}$agi_dir
while [[ $target == */ && $target != / ]]; do target=${target%/}; done
scripts=$target/scripts
unit=${prefix%/}/etc/systemd/system/goagi.service
[[ -z $service || $agi_dir =~ ^[A-Za-z0-9/._+-]+$ ]] || die "--service: systemd cannot be told of $agi_dir" \
	'copy goagi.service to /etc/systemd/system yourself, and quote the path in it'

if [[ -n $uninstall ]]; then
	[[ ! -d $target ]] || check_folders
	say "agi-bin: $target ($found_by)${dry:+, nothing is written}"
	read_manifest
	remove_service
	remove
	exit
fi

[[ -z $binary || $binary == /* ]] || binary=$PWD/$binary
cd / # as Asterisk's user may not enter the folder that we were started in
check_folders
if [[ -n $binary ]]; then
	check_binary
else
	check_go
	find_version
fi
read_manifest
declare -A fates=()
names=()
for path in "$here"/scripts/*.lua; do
	[[ -f $path && $path != *_spec.lua ]] || continue
	names+=("${path##*/}")
	fates[${path##*/}]=$(fate "${path##*/}" "$path")
done

say "agi-bin: $target ($found_by)${dry:+, nothing is written}"
if [[ -n $dry ]]; then
	[[ -n $binary ]] || say "goagi $version would be built with $("$go" version)"
	line binary "$target/goagi"
	for name in "${names[@]}"; do install_script "$name"; done
	install_data
	[[ -z $service ]] || install_service
	exit
fi
if [[ -z $binary ]]; then
	build
	check_binary
fi
mkdir -p -- "$target"
install_binary
mkdir -p -- "$scripts"
for name in "${names[@]}"; do install_script "$name"; done
write_manifest
install_data
[[ -z $service ]] || install_service

say "installed: $says"
if [[ -n $switch ]]; then
	say "it held a call as Asterisk's user $user"
elif [[ -z $staged ]]; then
	warn "it held a call as $(id -un), not as Asterisk's user: $( ((EUID == 0)) && echo 'there is none here' || echo 'only root can try that')"
fi
example=hello.lua
[[ -n ${fates[hello.lua]:-} ]] || example=${names[0]:-SCRIPT.lua}
cat <<TEXT

To call it, put this into extensions.conf and run: asterisk -rx 'dialplan reload'

; in the context that your phones use
exten => 100,1,Answer()
 same => n,AGI(goagi,$example)
 same => n,NoOp(\${AGISTATUS} \${GOAGI_STATUS} \${GOAGI_ERROR})
 same => n,Hangup()

Without a phone: $target/goagi try $example
TEXT
[[ -z $service ]] || printf '\nTo start the server: systemctl enable --now goagi\n'
