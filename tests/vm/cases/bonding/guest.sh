# SPDX-License-Identifier: BSD-3-Clause
. ./lib.sh

peer() { ip netns exec peer "$@"; }
bond_says() { peer grep -Eq "$1" /proc/net/bonding/bond0; }
ping4() { ping -c 1 -W 1 10.0.0.2; }
ping6() { ping -c 1 -W 1 2001:db8:100::2; }

# netdev PCI: the kernel's name of a NIC, wherever it is.
netdev() { basename "/sys/bus/pci/devices/$1"/virtio*/net/*; }

# kernel_bond WORDS...: bond0 of the kernel over its two NICs, in the namespace peer.
kernel_bond() {
	run peer ip link add bond0 type bond miimon 50 "$@"
	for name in "$y0" "$y1"; do
		run peer ip link set "$name" down
		run peer ip link set "$name" master bond0
	done
	run peer ip link set bond0 up
	run peer ip address add 10.0.0.2/24 dev bond0
	run peer ip address add 2001:db8:100::2/64 dev bond0 nodad
}

# serve MODE: sluiced with p0 as a bond of that mode.
serve() {
	sed -i "s/mode=[^,]*/mode=$1/" sluice.yaml
	start_sluiced
	wait_for "mirror p0 is there" has_mirror p0
	run ip link set p0 up
	run ip address replace 10.0.0.1/24 dev p0
	run ip address replace 2001:db8:100::1/64 dev p0 nodad
}

# within MS WHAT COMMAND...: as wait_for, and no longer than that.
within() {
	limit=$1
	shift
	begin=$(awk '{ print int($1 * 1000) }' /proc/uptime)
	wait_for "$@"
	took=$(($(awk '{ print int($1 * 1000) }' /proc/uptime) - begin))
	echo "after $took ms"
	[ $took -le "$limit" ] || fail "$1: after $took ms"
}

# Both links of Sluice, and one alone.
try_links() {
	for one in 0 1; do
		host monitor set_link x$one off
		wait_for "an answer without x$one" ping4
		wait_for "an answer without x$one" ping6
		has_carrier p0 || fail "p0 has lost its carrier with one of two links"
		host monitor set_link x$one on
		wait_for "x$one is in use again" "$1"
		wait_for "an answer with both" ping4
	done
	host monitor set_link x0 off
	host monitor set_link x1 off
	# Emulated, and asked for by programs that take their time to start.
	within 1000 "p0 has no carrier" has_no_carrier p0
	host monitor set_link x0 on
	host monitor set_link x1 on
	wait_for "p0 has carrier" has_carrier p0
	wait_for "an answer" ping4
}

hugepages 0 96
y0=$(netdev 0000:00:12.0)
y1=$(netdev 0000:00:13.0)
for pci in 0000:00:10.0 0000:00:11.0; do
	echo $pci >/sys/bus/pci/devices/$pci/driver/unbind
done
bind uio_pci_generic 0000:00:10.0 0000:00:11.0
run ip netns add peer
run ip link set "$y0" netns peer
run ip link set "$y1" netns peer

echo "== 802.3ad"
kernel_bond mode 802.3ad lacp_rate fast xmit_hash_policy layer3+4
serve 4
in_one_aggregator() { bond_says "Number of ports: 2" && bond_says "Partner Mac Address: 02:00:00:00:00:01"; }
wait_for "the kernel has both in one aggregator" in_one_aggregator
wait_for "p0 has carrier" has_carrier p0
wait_for "an answer" ping4
wait_for "an answer" ping6
# Without a packet of anybody else: three times what the kernel waits for LACP frames.
sleep 10
in_one_aggregator || fail "LACP has ended while there was no traffic"
for name in "$y0" "$y1"; do
	peer sed -n "/Slave Interface: $name/,/^\$/p" /proc/net/bonding/bond0 >/run/slave
	[ "$(grep -c "Churned Count: 0" /run/slave)" -eq 2 ] || fail "$name: $(grep Churn /run/slave)"
	grep -q "Link Failure Count: 0" /run/slave || fail "$name: $(grep Failure /run/slave)"
done
ping4 || fail "no answer after a quiet time"
try_links in_one_aggregator
run sluice show ports
run peer cat /proc/net/bonding/bond0
stop_sluiced
run peer ip link del bond0

echo "== active-backup"
kernel_bond mode active-backup
serve 1
wait_for "p0 has carrier" has_carrier p0
wait_for "an answer" ping4
wait_for "an answer" ping6
mac=$(cat /sys/class/net/p0/address)
# Frames of a hub reach both NICs of Sluice: the kernel's choice need not be the same.
both_answer() {
	ping4 && peer ping -c 1 -W 1 10.0.0.1
}
try_active_backup() {
	for x in 0 1; do
		run peer ip link set bond0 type bond active_slave "$(eval echo "\$y$x")"
		host monitor set_link x$((1 - x)) off
		wait_for "both answer by cable $x" both_answer
		has_carrier p0 || fail "p0 has lost its carrier with one of two links"
		[ "$(cat /sys/class/net/p0/address)" = "$mac" ] || fail "the MAC address has changed"
		host monitor set_link x$((1 - x)) on
	done
}
try_active_backup
host monitor set_link x0 off
host monitor set_link x1 off
within 1000 "p0 has no carrier" has_no_carrier p0
host monitor set_link x0 on
wait_for "p0 has carrier" has_carrier p0
show
stop_sluiced
