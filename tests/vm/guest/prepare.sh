# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# For cases in which the machine is prepared as a user does it, and the doctor says what it thinks of
# it; behind lib.sh.

setup() { bash /usr/bin/sluice-setup "$@"; }
doctor() { sluice doctor -c sluice.yaml >/run/doctor 2>&1; }

# said LINE...: regular expressions of what the doctor said last.
said() {
	cat /run/doctor
	for line in "$@"; do
		tr '\n' ' ' </run/doctor | tr -s ' ' | grep -q -e "$line" || fail "doctor did not say: $line"
	done
}

# have DRIVER: it has both NICs.
have() {
	for pci in 0000:00:10.0 0000:00:11.0; do
		[ "$(basename "$(readlink "/sys/bus/pci/devices/$pci/driver")")" = "$1" ] || fail "$1 does not have $pci"
	done
}
