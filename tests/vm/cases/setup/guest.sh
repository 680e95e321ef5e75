# SPDX-License-Identifier: BSD-3-Clause
. ./lib.sh
. ./prepare.sh

# refused TEXT COMMAND...: it must fail, and say so.
refused() {
	text=$1
	shift
	echo "\$ $*"
	! "$@" >/run/refused 2>&1 || fail "$* was not refused"
	cat /run/refused
	grep -q -e "$text" /run/refused || fail "$* did not say: $text"
}

# has DRIVER PCI
has() { [ "$(basename "$(readlink "/sys/bus/pci/devices/$2/driver")")" = "$1" ] || fail "$1 does not have $2"; }

! doctor || fail "doctor finds nothing wrong"
said 'FAIL hugepages 0 MiB' 'FAIL nics 0000:00:10.0 (1af4:[0-9a-f]*), port p0, driver virtio-pci' 'warn iommu off' \
	'ok nics 0000:00:12.0 (15ad:07b0), driver vmxnet3, eth0 link'

run ip link set eth0 up
run ip address add 192.0.2.1/24 dev eth0
run ip route add default via 192.0.2.2
doctor || true
said 'ok nics 0000:00:12.0 [^>]*carries the default route'
run ip route del default
run ip route add default via 192.0.2.2 dev eth0 table 7
refused "eth0 carries a default route" setup bind --uio 0000:00:11.0 0000:00:12.0
have virtio-pci
refused "has no IOMMU" setup bind 0000:00:11.0
have virtio-pci
run setup bind --uio --force 0000:00:12.0
has uio_pci_generic 0000:00:12.0
run setup unbind 0000:00:12.0
has vmxnet3 0000:00:12.0

run setup hugepages 128M
# Debian's kernel has no such mode.
refused "cannot do without an IOMMU" setup bind --no-iommu 00:11.0
has virtio-pci 0000:00:11.0
run setup bind --uio 00:10.0 00:11.0
run setup status
have uio_pci_generic
doctor || { cat /run/doctor; fail "doctor finds something wrong"; }
said 'warn nics 0000:00:10.0 [^>]*driver uio_pci_generic' '64 page(s) of 2 MiB, 64 free'
start_sluiced
set_addresses
host ping h0 10.0.1.2
! setup undo >/run/refused || fail "NICs in use were taken away"
cat /run/refused
grep -q "$(cat /run/sluiced.pid) (sluiced) uses it" /run/refused || fail "it does not say who uses the NIC"
stop_sluiced
run setup unbind 00:11.0
run setup undo
have virtio-pci
has vmxnet3 0000:00:12.0
[ "$(cat /proc/sys/vm/nr_hugepages)" -eq 0 ] || fail "huge pages were not given back"
