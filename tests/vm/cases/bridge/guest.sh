# SPDX-License-Identifier: BSD-3-Clause
. ./lib.sh

in_state() { bridge link show dev "$1" | grep -q "state $2 "; }
follows() { sluice show bridges | grep -q "$1"; }
follows_not() { ! follows "$1"; }
in_linux() { [ "$(bridge fdb show br br0 | grep -c extern_learn)" -ge "$1" ]; }
not_in_linux() { [ "$(bridge fdb show br br0 | grep -c extern_learn)" -eq 0 ]; }

hugepages 0 96
bind uio_pci_generic 0000:00:10.0 0000:00:11.0 0000:00:12.0
start_sluiced
run ip link add br0 type bridge
for n in 0 1 2; do
	wait_for "mirror p$n is there" has_mirror p$n
	run ip link set p$n master br0
	run ip link set p$n up
	host run h$n ip address add 10.9.0.1$n/24 dev eth0
done
run ip link set br0 up
run ip address add 10.9.0.1/24 dev br0
for n in 0 1 2; do
	wait_for "p$n forwards" in_state p$n forwarding
done
wait_for "Sluice has it" follows br0
run nft list ruleset
nft list ruleset | grep -q "iif @members oif @members drop" || fail "the kernel's members are not kept apart"
for n in 0 1 2; do
	host ping h$n 10.9.0.1
done
host ping h0 10.9.0.11
host ping h1 10.9.0.12
host tcp h0 h2 10.9.0.12 1
wait_for "Linux knows the hosts" in_linux 3
run sluice show fdb
run bridge fdb show br br0

echo "== spanning tree"
run ip link set br0 type bridge forward_delay 200 stp_state 1
run ip link set p1 nomaster
run ip link set p1 master br0
wait_for "p1 listens" in_state p1 listening
wait_for "p1 forwards" in_state p1 forwarding
host ping h1 10.9.0.10
run ip link set br0 type bridge stp_state 0

echo "== learned, deleted and learned again"
# Each is there for VLAN 1 too.
macs_in_linux() { [ "$(bridge fdb show br br0 | grep -c "^02:ee:.* dev p0 .*extern_learn")" -eq "$1" ]; }
macs_in_sluice() { [ "$(sluice show fdb | grep -c "02:ee:")" -eq "$1" ]; }
# What a busy control thread has no time for is learned with the next frame.
all_learned() { macs_in_sluice 2000 && macs_in_linux 4000 || { host macs h0 h1 2000 && false; }; }
wait_for "both have 2000" all_learned
bridge monitor fdb >/run/monitor &
monitor=$!
for _ in 1 2 3; do
	run bridge link set dev p0 learning off
	run bridge link set dev p0 learning on
	host macs h0 h1 2000
done
wait_for "both have 2000 again" all_learned
run bridge link set dev p0 learning off
wait_for "Sluice has forgotten them" macs_in_sluice 0
wait_for "so has Linux" macs_in_linux 0
run bridge link set dev p0 learning on
wait_for "both have 2000 again" all_learned
kill $monitor
deleted=$(grep "Deleted 02:ee:" /run/monitor | grep -vc "vlan 1" || true)
echo "$deleted deleted, $(grep -c "^02:ee:" /run/monitor) said"
[ "$deleted" -le 8000 ] || fail "$deleted entries were deleted, not 4 times 2000"

echo "== static entries of VLANs"
has_static() { sluice show fdb | grep -q 02:00:00:00:55:01; }
has_no_static() { ! has_static; }
run ip link set br0 type bridge vlan_filtering 1
run bridge fdb add 02:00:00:00:55:01 dev p0 master static vlan 1
wait_for "Sluice has it" has_static
run ip link set br0 type bridge vlan_filtering 0
wait_for "it counts for VLANs only" has_no_static
run ip link set br0 type bridge vlan_filtering 1
wait_for "it is back" has_static
run ip link set br0 type bridge vlan_filtering 0

echo "== locked"
host ping h0 10.9.0.12
run bridge link set dev p0 locked on
host silent h0 10.9.0.12
run bridge link set dev p0 locked off
host ping h0 10.9.0.12

run ip link set br0 type bridge ageing_time 100
wait_for "what is silent is forgotten" not_in_linux
run ip link del br0
wait_for "it is gone" follows_not br0
show
stop_sluiced
