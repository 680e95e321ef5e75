# SPDX-License-Identifier: BSD-3-Clause
. ./lib.sh

# on HOST NETDEV ADDRESS...: gives the netdev of a host its addresses.
on() {
	h=$1 netdev=$2
	shift 2
	for address in "$@"; do
		host run "$h" ip address add "$address" dev "$netdev"
	done
}

# knows WORDS: a row of `sluice show interfaces` has them.
knows() { sluice show interfaces | grep -q "$1"; }
knows_not() { ! knows "$1"; }
# learned NUMBER: Sluice has so many entries learned in VLAN 10.
learned() { [ "$(sluice show fdb bridge br0 vlan 10 | grep -c learned)" -ge "$1" ]; }
# in_linux NUMBER: Linux knows so many of them.
in_linux() { [ "$(bridge fdb show br br0 | grep 'vlan 10' | grep -c extern_learn)" -ge "$1" ]; }

hugepages 0 96
bind uio_pci_generic 0000:00:10.0 0000:00:11.0
start_sluiced
for n in 0 1; do
	wait_for "mirror p$n is there" has_mirror p$n
	run ip link set p$n up
	wait_for "p$n has carrier" has_carrier p$n
done

echo "== VLANs, routed"
run ip link add link p0 name p0.100 type vlan id 100
run ip link add link p1 name p1.200 type vlan id 200
run ip link set p0.100 up
run ip link set p1.200 up
run ip address add 10.1.0.1/24 dev p0.100
run ip address add 10.1.1.1/24 dev p1.200
wait_for "Sluice has p0.100" knows p0.100
wait_for "Sluice has p1.200" knows p1.200
host vlan h0 v100 100
host vlan h1 v200 200
on h0 v100 10.1.0.2/24
on h1 v200 10.1.1.2/24
host run h0 ip route add 10.1.1.0/24 via 10.1.0.1
host run h1 ip route add 10.1.0.0/24 via 10.1.1.1
host ping h0 10.1.0.1
host ping h1 10.1.1.1
host ping h0 10.1.1.2
host tcp h0 h1 10.1.1.2 1
run sluice show interfaces

echo "== QinQ"
# 802.1Q outside too for what hosts send: their testpmd makes 802.1ad tags that to (af_packet of DPDK).
run ip link add link p0 name p0.7 type vlan id 7
run ip link set p0.7 up
run ip link add link p0.7 name q30 type vlan id 30
run ip link set q30 up
run ip address add 10.3.0.1/24 dev q30
run ip link add link p0 name s7 type vlan protocol 802.1ad id 7
wait_for "Sluice has q30" knows "^q30 .* p0.7 .* 30 "
wait_for "Sluice has s7" knows "^s7 .* 802.1ad "
host vlan h0 v7x30 7 30
on h0 v7x30 10.3.0.2/24
host ping h0 10.3.0.1
# 1500 bytes of IP, which the tags do not count for: 1522 bytes each way.
host run h0 ping -n -c 1 -W 10 -M do -s 1472 10.3.0.1
run ping -c 1 -W 10 -s 1472 10.3.0.2
host run h0 ip route replace 10.1.1.0/24 via 10.3.0.1 # and out by a VLAN of one tag
host run h1 ip route add 10.3.0.0/24 via 10.1.1.1
host ping h1 10.3.0.2
run ip link set q30 down
run ip link set q30 name inner
wait_for "the name follows" knows inner
run ip link del p0.7
wait_for "it is gone, with what was in it" knows_not inner

echo "== a VLAN-aware bridge"
run ip link del p0.100
run ip link del p1.200
wait_for "p1.200 is gone" knows_not p1.200
run ip link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0
run ip link set p0 master br0
run ip link set p1 master br0
run bridge vlan add dev p0 vid 10
run bridge vlan add dev p0 vid 20-29
run bridge vlan add dev p1 vid 10 pvid untagged
run bridge vlan add dev br0 vid 10 self
run ip link set br0 up
run ip link add link br0 name br0.10 type vlan id 10
run ip link set br0.10 up
run ip address add 10.2.0.1/24 dev br0.10
wait_for "Sluice has br0.10" knows br0.10
host vlan h0 v10 10
on h0 v10 10.2.0.2/24
on h1 eth0 10.2.0.3/24
host ping h0 10.2.0.3
host ping h0 10.2.0.1
host ping h1 10.2.0.1
host tcp h0 h1 10.2.0.3 1
wait_for "two hosts are learned" learned 2
wait_for "Linux knows them" in_linux 2
run sluice show fdb
run bridge fdb show br br0
# The list of VLANs is followed: not any more, and again.
run bridge vlan del dev p1 vid 10
host silent h1 10.2.0.2
run bridge vlan add dev p1 vid 10 pvid untagged
host ping h1 10.2.0.2
# As a trunk without a native VLAN.
run bridge vlan add dev p1 vid 10
host run h1 ip address del 10.2.0.3/24 dev eth0
host vlan h1 v10 10
on h1 v10 10.2.0.3/24
host run h0 ip neigh flush all
host ping h1 10.2.0.2
host ping h0 10.2.0.3
host ping h1 10.2.0.1
run ip link del br0
wait_for "br0.10 is gone" knows_not br0
show
stop_sluiced
