# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# For guest.sh, which begins with `. ./lib.sh`. Descriptor 3 is the line to the host.

# Ends the case; the text is its verdict.
fail() {
	why=$*
	[ ! -e /run/sluiced.pid ] || is_running || why="sluiced has ended; $why"
	echo "$why" >/run/why
	echo "FAILED: $why"
	exit 1
}

# A command, shown before it is run.
run() {
	echo "\$ $*"
	"$@" || fail "$* has ended with $?"
}

# One thing that a host does: backend.py has the words. Fails with what the host says.
host() {
	echo "do $*" >&3
	read -r verdict text <&3 || fail "the host is gone"
	echo "host: $*: $text"
	[ "$verdict" = ok ] || fail "$text"
}

# wait_for WHAT COMMAND...: until it succeeds. The host sees to it that this ends.
wait_for() {
	what=$1
	shift
	until "$@" >/dev/null 2>&1; do
		[ ! -e /run/sluiced.pid ] || is_running || fail "$what: never"
		usleep 20000
	done
	echo "$what"
}

# bind DRIVER PCI...: gives NICs to a driver.
bind() {
	driver=$1
	shift
	for pci in "$@"; do
		[ -e "/sys/bus/pci/devices/$pci" ] || fail "there is no device $pci"
		echo "$driver" >"/sys/bus/pci/devices/$pci/driver_override"
		echo "$pci" >/sys/bus/pci/drivers_probe
		[ -e "/sys/bus/pci/drivers/$driver/$pci" ] || fail "$driver does not take $pci"
	done
}

# hugepages NODE NUMBER: of 2 MiB.
hugepages() {
	pages=/sys/devices/system/node/node$1/hugepages/hugepages-2048kB/nr_hugepages
	echo "$2" >"$pages"
	[ "$(cat "$pages")" -eq "$2" ] || fail "node $1 has room for $(cat "$pages") huge pages of $2"
}

is_running() { kill -0 "$(cat /run/sluiced.pid)" 2>/dev/null; }
has_mirror() { ip link show dev "$1"; }
has_carrier() { ip link show dev "$1" | grep -q LOWER_UP; }
has_no_carrier() { ip link show dev "$1" | grep -q NO-CARRIER; }
answers() { sluice show version; }

# sluiced with sluice.yaml and the sysctls that a router needs, until it answers. What it says is on
# the console and in /run/sluiced.log.
start_sluiced() {
	echo 1 >/proc/sys/net/ipv4/ip_forward
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
	run sluiced --check -c sluice.yaml
	mkfifo /run/said
	tee /run/sluiced.log </run/said &
	sluiced -c sluice.yaml >/run/said 2>&1 &
	echo $! >/run/sluiced.pid
	wait_for "sluiced answers" answers
	! grep "cannot be set" /run/sluiced.log || fail "sluiced could not set all that it wants"
}

# The mirrors, and addresses of cables 0 and 1, as an operator sets them.
set_addresses() {
	for n in 0 1; do
		wait_for "mirror p$n is there" has_mirror p$n
		run ip link set p$n up
		run ip address add 10.0.$n.1/24 dev p$n
		run ip address add 2001:db8:10$n::1/64 dev p$n nodad
		wait_for "p$n has carrier" has_carrier p$n
	done
}

# Real hosts on both sides: the kernel answers them, sluiced forwards.
try_traffic() {
	for address in 10.0.0.1 2001:db8:100::1 10.0.1.1 2001:db8:101::1; do
		host ping h0 $address
	done
	for address in 10.0.1.2 2001:db8:101::2; do
		host ping h0 $address
		host tcp h0 h1 $address "$1"
	done
	for address in 10.0.0.2 2001:db8:100::2; do
		host ping h1 $address
		host tcp h1 h0 $address "$1"
	done
}

# The cable of p0 is pulled, and plugged in again.
try_link() {
	host monitor set_link n0 off
	wait_for "p0 has no carrier" has_no_carrier p0
	shown LINK p0=down p1=up
	host monitor set_link n0 on
	wait_for "p0 has carrier" has_carrier p0
	host ping h1 10.0.0.2
}

# shown COLUMN PORT=VALUE...: of `sluice show ports`.
shown() {
	title=$1
	shift
	sluice show ports >/run/ports
	for pair in "$@"; do
		awk -v title="$title" -v port="${pair%=*}" -v value="${pair#*=}" '
			NR == 1 { for (i = 1; i <= NF; i++) if ($i == title) column = i }
			$1 == port && $column == value { found = 1 }
			END { exit !found }' /run/ports || fail "show ports: $title: not $pair"
	done
}

# forwarded NUMBER: every port has received and sent at least so many packets.
forwarded() {
	for n in 0 1; do
		for way in RX TX; do
			packets=$(sluice show port stats p$n | sed -n "s/.*$way-packets: *\([0-9]*\).*/\1/p")
			[ "${packets:-0}" -ge "$1" ] || fail "p$n: $way-packets: ${packets:-none}, not $1"
		done
	done
}

show() {
	run sluice show ports
	run sluice show interfaces
	run sluice show port stats all
	for what in punts drops; do
		echo "\$ sluice show $what # but zeros"
		sluice show $what | awk -v column="$([ $what = drops ] && echo 2 || echo 5)" 'NR == 1 || $column > 0'
	done
}

# SIGTERM: it must end by itself, and with 0.
stop_sluiced() {
	is_running || fail "it is not there to be stopped"
	pid=$(cat /run/sluiced.pid)
	rm /run/sluiced.pid
	kill "$pid"
	code=0
	wait "$pid" || code=$?
	[ $code -eq 0 ] || fail "sluiced has ended with $code"
	echo "sluiced has ended with 0"
}
