# SPDX-License-Identifier: BSD-3-Clause
. ./lib.sh
hugepages 0 96
hugepages 1 96
bind uio_pci_generic 0000:21:00.0 0000:41:00.0
start_sluiced
set_addresses
try_traffic 1

# Taken away and added at run time.
run sluice port del p1
! has_mirror p1 || fail "the mirror of p1 is still there"
run sluice port add p1 0000:41:00.0
run ip link set p1 up
run ip address add 10.0.1.1/24 dev p1
run ip address add 2001:db8:101::1/64 dev p1 nodad
wait_for "p1 has carrier" has_carrier p1
try_traffic 1

is_gone() { sluice show ports | grep -Eq '^p1 .* gone '; }
host monitor device_del nic1
wait_for "p1 is gone" is_gone
wait_for "its mirror has no carrier" has_no_carrier p1
host ping h0 10.0.0.1
host ping h0 2001:db8:100::1
run sluice show ports
run sluice port del p1
! has_mirror p1 || fail "the mirror of p1 is still there"
[ ! -e /sys/bus/pci/devices/0000:41:00.0 ] || fail "the device is still there"
host ping h0 10.0.0.1
stop_sluiced
