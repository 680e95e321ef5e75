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
run sluice show placement
shown NUMA-NODE p0=0 p1=1
! sluice show placement | grep -w yes || fail "a queue is polled from the other node"
forwarded 500
stop_sluiced
