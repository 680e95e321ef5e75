# SPDX-License-Identifier: BSD-3-Clause
. ./lib.sh

# What the machine is said to be, before what sluiced says of it.
is() { [ "$(cat "$1")" = "$2" ] || fail "$1: found $(cat "$1"), expected $2"; }
is /sys/devices/system/node/node0/cpulist 0-1
is /sys/devices/system/node/node1/cpulist 2-3
is /sys/bus/pci/devices/0000:21:00.0/numa_node 0
is /sys/bus/pci/devices/0000:41:00.0/numa_node 1

hugepages 0 64
hugepages 1 64
bind uio_pci_generic 0000:21:00.0 0000:41:00.0
start_sluiced
set_addresses
try_traffic 1
show
run sluice show workers
# Pages of a table take turns: 10.0.0.0/10 is on one, 10.64.0.0/10 on the next.
follows() { sluice lookup 10.64.0.1 | grep -q rewrite; }
run ip route add 10.64.0.0/24 via 10.0.0.2
wait_for "sluiced has the route" follows
run sluice show placement
shown NUMA-NODE p0=0 p1=1
! sluice show placement | grep -w yes || fail "a queue is polled from the other node"
for placed in 'worker +lcore 1 +0' 'worker +lcore 3 +1' 'pool +mbufs0 +0' 'pool +mbufs1 +1' \
	'table +ip4 +- +[0-9]+ node 0, [0-9]+ node 1'; do
	sluice show placement | grep -Eq "^$placed " || fail "show placement has no '$placed'"
done
forwarded 500
stop_sluiced

# The same by one worker: half of it is far away, which is told, and works.
sed -i -e "s|^workers:.*|workers: [1]|" -e "s|, workers: .[13].}|, queues: 2}|" sluice.yaml
start_sluiced
for port in p0 p1; do wait_for "$port has carrier" has_carrier $port; done
run sluice show placement
sluice show placement | grep -Eq '^queue +p1/0 +1 .*lcore 1 +0 +yes' || fail "nobody tells of p1/0"
sluice show placement | grep -Eq '^table +ip4 +0 ' || fail "tables are not where their reader is"
try_traffic 2
stop_sluiced
