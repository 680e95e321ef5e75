# SPDX-License-Identifier: BSD-3-Clause
. ./lib.sh

knows() { sluice show interfaces | grep -q "$1"; }

hugepages 0 96
bind uio_pci_generic 0000:00:10.0 0000:00:11.0
start_sluiced
for netdev in p0 p1 br0; do
	wait_for "$netdev is there" has_mirror $netdev
	run ip link set $netdev up
	wait_for "$netdev has carrier" has_carrier $netdev
done

echo "== a VLAN netdev on the bridge: frames come to it with the tag, and without by p1"
run ip link add link br0 name br0.20 type vlan id 20
run ip link set br0.20 up
run ip address add 10.2.0.1/24 dev br0.20
wait_for "Sluice has br0.20" knows br0.20
host run h1 ip address add 10.2.0.3/24 dev eth0
host ping h1 10.2.0.1
host vlan h0 v20 20
host run h0 ip address add 10.2.0.2/24 dev v20
host ping h0 10.2.0.1
host ping h0 10.2.0.3

echo "== a priority tag behind that of a VLAN netdev"
run ip link add link p0 name p0.100 type vlan id 100
run ip link set p0.100 up
run ip address add 10.1.0.1/24 dev p0.100
wait_for "Sluice has p0.100" knows p0.100
host vlan h0 v100 100
host vlan h0 v100x0 100 0
host run h0 ip address add 10.1.0.2/24 dev v100x0
host run h0 ip neigh add 10.1.0.1 lladdr "$(cat /sys/class/net/p0.100/address)" dev v100x0
host ping h0 10.1.0.1
show
stop_sluiced
