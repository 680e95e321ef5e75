# SPDX-License-Identifier: BSD-3-Clause
. ./lib.sh
hugepages 0 96
bind uio_pci_generic 0000:00:10.0 0000:00:11.0 0000:00:12.0
start_sluiced
set_addresses
run sluice show port config p0
sluice show port config p0 | grep -q virtio.yaml || fail "p0 has not the preset of virtio"
try_traffic 2
try_link
show
shown TX-QUEUES p0=2 p1=2 p2=1 # no more than receive queues: the device uses both of a pair
forwarded 1000
stop_sluiced
