# SPDX-License-Identifier: BSD-3-Clause
. ./lib.sh
hugepages 0 64
bind uio_pci_generic 0000:00:10.0 0000:00:11.0
start_sluiced
set_addresses
for address in 10.0.0.1 10.0.1.2 2001:db8:101::2; do
	host run h0 ping -n -c 1 -W 10 -M do -s 8900 $address
done
try_traffic 2
show
forwarded 400
stop_sluiced
