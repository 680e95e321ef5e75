/* SPDX-License-Identifier: BSD-3-Clause */
/* NICs, the IOMMU, and what Linux cannot spare. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "doctor_testing.h"

#define NIC    "0000:05:00.0"
#define SECOND "0000:05:00.1"
#define CONFIG "ports: [{name: p0, device: \"05:00.0,arg=1\"}]\n"
#define INTEL  "0x8086\n"
#define CLASS  "0x020000\n"
#define ROUTES "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"

static void a_nic_of_the_kernel(void **state)
{
	fake_pci(NIC, CLASS, INTEL, "ixgbe", "eth2");
	fake_pci("0000:00:1f.0", "0x060100\n", INTEL, "lpc", NULL);
	look(check_nics);
	expect_line("ok",
		    NIC " (8086:1000), driver ixgbe, eth2 link up at 10000 Mbit/s, NUMA node 0",
		    "bind " NIC);
	expect_line("warn", "no NIC is ready", NULL);
	fake_config(CONFIG);
	look(check_nics);
	expect_line("fail", NIC " (8086:1000), port p0, driver ixgbe", "bind " NIC);
	expect_count(REPORT_OK, 0);
}

static void a_nic_that_is_bound(void **state)
{
	fake_pci(NIC, CLASS, INTEL, "vfio-pci", NULL);
	fake_group(NIC, "12");
	fake_config(CONFIG);
	look(check_nics);
	expect_line("ok", "port p0, driver vfio-pci, NUMA node 0", NULL);
	fake_file("sys/kernel/iommu_groups/12/name", "vfio-noiommu\n");
	look(check_nics);
	expect_line("warn", "driver vfio-pci", NULL);
	fake_pci(NIC, CLASS, INTEL, "uio_pci_generic", NULL);
	look(check_nics);
	expect_line("warn", "driver uio_pci_generic", NULL);
	expect_count(REPORT_FAIL, 0);
}

static void a_nic_that_is_not_there(void **state)
{
	fake_config(CONFIG);
	look(check_nics);
	expect_line("fail", "port p0: no NIC " NIC, "lspci");
	fake_config("ports: [{name: p0, device: net_null0}]\n");
	look(check_nics);
	expect_line("ok", "there is no PCI NIC", NULL);
	expect_count(REPORT_FAIL, 0);
}

/* DPDK drives these through their kernel driver. */
static void a_nic_that_keeps_its_driver(void **state)
{
	fake_pci(NIC, CLASS, "0x15b3\n", "mlx5_core", "eth2");
	fake_config(CONFIG);
	look(check_nics);
	expect_line("ok", "driver mlx5_core", NULL);
	fake_pci(NIC, CLASS, "0x15b3\n", "vfio-pci", NULL);
	look(check_nics);
	expect_line("fail", "driver vfio-pci", "unbind " NIC);
}

static void a_default_route(void **state)
{
	fake_pci(NIC, CLASS, INTEL, "ixgbe", "eth2");
	fake_file("proc/net/route", ROUTES "eth2 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n");
	look(check_nics);
	expect_line("ok", NIC, "bind " NIC);
	fake_file("proc/net/route", ROUTES "eth2 00000000 010200C0 0003 0 0 0 00000000 0 0 0\n");
	look(check_nics);
	expect_line("ok", "carries the default route", NULL);
	fake_config(CONFIG);
	look(check_nics);
	expect_line("fail", "carries the default route", NULL);
}

#define ZERO "00000000000000000000000000000000"

/* A virtio NIC's netdev stands one folder deeper; over it are a bond and a VLAN. */
static void a_default_route_of_what_stands_on_it(void **state)
{
	fake_pci(NIC, CLASS, "0x1af4\n", "virtio-pci", NULL);
	fake_folder("sys/bus/pci/devices/" NIC "/virtio2/net/eth2");
	fake_folder("sys/class/net/eth2/upper_bond0");
	fake_folder("sys/class/net/bond0/upper_bond0.7");
	fake_file("proc/net/ipv6_route",
		  ZERO " 00 " ZERO " 00 " ZERO " ffffffff 1 0 00200200 lo\n");
	look(check_nics);
	expect_line("ok", "eth2 link not known", "bind");
	fake_file("proc/net/ipv6_route", ZERO " 00 " ZERO " 00 " ZERO " 400 1 0 3 bond0.7\n");
	look(check_nics);
	expect_line("ok", "carries the default route", NULL);
}

/* Not on port 22: the server's configuration has it. */
static void an_ssh_session_on_another_port(void **state)
{
	fake_pci(NIC, CLASS, INTEL, "ixgbe", "eth2");
	fake_file("proc/net/route", ROUTES "eth2 007100CB 00000000 0001 0 0 0 00FFFFFF 0 0 0\n");
	fake_file("proc/net/tcp", "   0: 017100CB:08AE 057100CB:C001 01 0\n");
	fake_file("etc/ssh/sshd_config", "#Port 2222\nPortal 2222\n");
	look(check_nics);
	expect_line("ok", NIC, "bind " NIC);
	fake_file("etc/ssh/sshd_config", "Port 22\n port=2222\n");
	look(check_nics);
	expect_line("ok", "carries the SSH session from 203.0.113.5", NULL);
	fake_file("etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\n");
	look(check_nics);
	expect_line("ok", NIC, "bind " NIC);
	fake_file("etc/ssh/sshd_config.d/port.conf", "PORT 2222\n");
	look(check_nics);
	expect_line("ok", "carries the SSH session from 203.0.113.5", NULL);
}

/* The session's answers leave by the route to its peer. */
static void an_ssh_session(void **state)
{
	fake_pci(NIC, CLASS, INTEL, "ixgbe", "eth2");
	fake_file("proc/net/route", ROUTES "eth2 007100CB 00000000 0001 0 0 0 00FFFFFF 0 0 0\n"
					   "eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0\n");
	fake_file("proc/net/tcp", "  sl  local_address rem_address   st\n"
				  "   0: 017100CB:0016 070200C0:C001 01 0\n");
	look(check_nics);
	expect_line("ok", NIC, "bind " NIC);
	fake_file("proc/net/tcp", "  sl  local_address rem_address   st\n"
				  "   0: 017100CB:0016 057100CB:C001 01 0\n");
	look(check_nics);
	expect_line("ok", "carries the SSH session from 203.0.113.5", NULL);
	fake_file("proc/net/tcp", "   0: 017100CB:0016 057100CB:C001 0A 0\n");
	look(check_nics);
	expect_line("ok", NIC, "bind " NIC);
	/* By IPv6, in the kernel's words of 4 bytes: from fe80::1. */
	fake_file("proc/net/tcp6", "   0: 000080FE000000000000000001000000:0016 "
				   "000080FE000000000000000001000000:C001 01 0\n");
	fake_file("proc/net/ipv6_route",
		  "fe800000000000000000000000000000 40 " ZERO " 00 " ZERO " 100 1 0 1 eth2\n");
	look(check_nics);
	expect_line("ok", "carries the SSH session from fe80::1", NULL);
}

static void a_worker_on_another_node(void **state)
{
	fake_file("sys/devices/system/node/node1/cpulist", "4-7\n");
	fake_file("sys/devices/system/cpu/online", "0-7\n");
	fake_pci(NIC, CLASS, INTEL, "vfio-pci", NULL);
	fake_group(NIC, "12");
	fake_config("workers: [4]\n" CONFIG);
	look(check_nics);
	expect_line("warn", "port p0 is on NUMA node 0", NULL);
	fake_config("workers: [2]\n" CONFIG);
	look(check_nics);
	expect_count(REPORT_WARN, 0);
}

static void iommu_is_off(void **state)
{
	fake_pci(NIC, CLASS, INTEL, "ixgbe", "eth2");
	fake_file("proc/cpuinfo", "vendor_id\t: GenuineIntel\nflags\t: fpu vmx\n");
	look(check_iommu);
	expect_line("warn", "off", "VT-d on in the firmware's setup");
	fake_file("sys/firmware/acpi/tables/DMAR", "");
	look(check_iommu);
	expect_line("warn", "off", "add intel_iommu=on");
	fake_file("proc/cmdline", "quiet intel_iommu=off\n");
	look(check_iommu);
	expect_line("warn", "off", "take intel_iommu=off");
	fake_file("proc/cmdline", "quiet\n");
	fake_file("proc/cpuinfo", "vendor_id\t: AuthenticAMD\nflags\t: fpu svm\n");
	fake_file("sys/firmware/acpi/tables/IVRS", "");
	fake_config("ports: [{name: p0, device: net_null0}]\n");
	look(check_iommu);
	expect_line("ok", "off, and not needed", NULL);
	fake_config(CONFIG);
	fake_pci(NIC, CLASS, INTEL, "vfio-pci", NULL);
	look(check_iommu);
	expect_line("fail", "off, and a port's NIC is bound to vfio-pci", "intel_iommu=on");
	fake_file("sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n");
	look(check_iommu);
	expect_line("warn", "no-IOMMU mode is on", "intel_iommu=on");
}

static void iommu_of_other_makers(void **state)
{
	fake_pci(NIC, CLASS, INTEL, "ixgbe", "eth2");
	fake_file("proc/cpuinfo", "vendor_id\t: AuthenticAMD\nflags\t: fpu svm\n");
	look(check_iommu);
	expect_line("warn", "off", "AMD-Vi");
	fake_file("proc/cpuinfo", "vendor_id\t: AuthenticAMD\nflags\t: fpu hypervisor svm\n");
	look(check_iommu);
	expect_line("warn", "off", "virtual machine");
	fake_file("proc/cpuinfo", "processor\t: 0\n");
	look(check_iommu);
	expect_line("warn", "off", "SMMU");
}

/* A group is given as a whole; bridges in it do not count. */
static void groups(void **state)
{
	fake_pci(NIC, CLASS, INTEL, "vfio-pci", NULL);
	fake_pci(SECOND, CLASS, INTEL, "ixgbe", "eth3");
	fake_pci("0000:00:01.0", "0x060400\n", INTEL, "pcieport", NULL);
	fake_group(NIC, "12");
	fake_group("0000:00:01.0", "12");
	fake_config(CONFIG);
	look(check_iommu);
	expect_line("ok", "on: dmar0, 1 groups", NULL);
	expect_count(REPORT_FAIL, 0);
	fake_group(SECOND, "12");
	look(check_iommu);
	expect_line("fail", SECOND " (ixgbe)", "bind " NIC " " SECOND);
	fake_config("ports: [{name: p0, device: net_null0}]\n");
	look(check_iommu);
	expect_line("warn", SECOND " (ixgbe)", "bind " NIC " " SECOND);
}

static void virtual_ports(void **state)
{
	fake_config("ports:\n- {name: p0, device: \"net_af_packet0,iface=v0,x=1\"}\n"
		    "- {name: p1, device: net_tap0}\n");
	look(check_virtual);
	expect_line("fail", "port p0: there is no netdev v0", "ip link");
	expect_line("ok", "1 port(s) on virtual devices", NULL);
	fake_folder("sys/class/net/v0");
	look(check_virtual);
	expect_line("ok", "2 port(s) on virtual devices", NULL);
}

/* QinQ, where the driver does not show the outer tags. */
static void ports_without_8021ad(void **state)
{
	fake_folder("sys/class/net/v0");
	fake_config("ports:\n- {name: p0, device: \"net_af_packet0,iface=v0\"}\n"
		    "- {name: p1, device: net_tap0}\n"
		    "- {name: p2, device: \"net_bonding0,mode=1\", members: "
		    "[\"net_af_packet1,iface=v0\"]}\n"
		    "interfaces:\n- {name: p0.7, parent: p0, vlan: 7, protocol: 802.1ad}\n"
		    "- {name: p0.7.9, parent: p0.7, vlan: 9}\n"
		    "- {name: p0.8, parent: p0, vlan: 8}\n"
		    "- {name: p1.7, parent: p1, vlan: 7, protocol: 802.1ad}\n"
		    "bridges:\n- {name: br0, vlans: [5], protocol: 802.1ad, ports: [p1, p2]}\n");
	look(check_virtual);
	expect_line("warn", "p0.7: port p0 cannot receive 802.1ad", NULL);
	expect_line("warn", "br0: port p2 cannot receive 802.1ad", NULL);
	expect_count(REPORT_WARN, 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_create, fake_destroy)
	const struct CMUnitTest tests[] = {
		TEST(a_nic_of_the_kernel),
		TEST(a_nic_that_is_bound),
		TEST(a_nic_that_is_not_there),
		TEST(a_nic_that_keeps_its_driver),
		TEST(a_default_route),
		TEST(a_default_route_of_what_stands_on_it),
		TEST(an_ssh_session),
		TEST(an_ssh_session_on_another_port),
		TEST(a_worker_on_another_node),
		TEST(iommu_is_off),
		TEST(iommu_of_other_makers),
		TEST(groups),
		TEST(virtual_ports),
		TEST(ports_without_8021ad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
