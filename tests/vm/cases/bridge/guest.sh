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

run ip link set br0 type bridge ageing_time 100
wait_for "what is silent is forgotten" not_in_linux
run ip link del br0
wait_for "it is gone" follows_not br0
show
stop_sluiced
