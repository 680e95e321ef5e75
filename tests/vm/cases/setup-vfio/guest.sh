# SPDX-License-Identifier: BSD-3-Clause
. ./lib.sh
. ./prepare.sh

! doctor || fail "doctor finds nothing wrong"
said 'FAIL hugepages 0 MiB' 'FAIL nics 0000:00:10.0 (1af4:[0-9a-f]*), port p0, driver virtio-pci' 'ok iommu on: dmar0'
run setup hugepages 128M
run setup bind 00:10.0 00:11.0
run setup status
have vfio-pci
doctor || { cat /run/doctor; fail "doctor finds something wrong"; }
said 'ok nics 0000:00:10.0 [^>]*driver vfio-pci'
start_sluiced
set_addresses
host ping h0 10.0.1.2
! setup unbind 00:10.0 >/run/refused || fail "a NIC in use was taken away"
cat /run/refused
grep -q "$(cat /run/sluiced.pid) (sluiced) uses it" /run/refused || fail "it does not say who uses the NIC"
host ping h0 10.0.1.2
stop_sluiced
run setup undo
have virtio-pci

# A boot finds no more than the file.
run setup bind --persistent 00:10.0 00:11.0
cp /etc/sluice/bind.conf /run/kept
run setup undo
[ ! -e /etc/sluice/bind.conf ] || fail "the next boot would bind NICs"
cp /run/kept /etc/sluice/bind.conf
run setup restore
have vfio-pci
run setup undo
have virtio-pci
