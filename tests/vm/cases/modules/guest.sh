# SPDX-License-Identifier: BSD-3-Clause
. ./lib.sh

# made NAME TYPE WORDS...: a netdev of the type can be made, is one, and goes again.
made() {
	name=$1 type=$2
	shift 2
	run ip link add "$name" "$@"
	ip -d link show dev "$name" | grep -q " $type " || fail "$name is no $type"
	run ip link del "$name"
	! ip link show dev "$name" 2>/dev/null || fail "$name is still there"
}

run ip link add d0 type dummy
made d0.7 vlan link d0 type vlan id 7
made blue vrf type vrf table 10
made tunnel gre type gre local 192.0.2.1 remote 192.0.2.2
made bond7 bond type bond mode 802.3ad
run ip link del d0
