# SPDX-License-Identifier: BSD-3-Clause
. ./lib.sh
hugepages 0 64
bind vfio-pci 0000:00:10.0 0000:00:11.0
start_sluiced
set_addresses
try_traffic 2
try_link
show
forwarded 1000
run sluice show workers
stop_sluiced
