/* SPDX-License-Identifier: BSD-3-Clause */
/* CPUs, interrupts, modules, privileges, sysctls, the configuration itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "doctor_testing.h"

#define CPU  "sys/devices/system/cpu/"
#define PORT "ports: [{name: p0, device: net_null0}]\n"
#define NIC  "0000:05:00.0"

static void configuration(void **state)
{
	look(check_configuration);
	expect_line("warn", "there is no ", NULL);
	fake_config(PORT);
	look(check_configuration);
	expect_line("ok", "is right: 1 port(s)", NULL);
	fake_config("ports: [{name: p0, devise: net_null0}]\n");
	look(check_configuration);
	expect_line("fail", "sluice.yaml:1:", "sluiced --check -c ");
}

static void workers_that_are_there(void **state)
{
	fake_config("workers: [3]\n" PORT);
	look(check_lcores);
	expect_count(REPORT_FAIL, 0);
	fake_config("workers: [4]\n" PORT);
	look(check_lcores);
	expect_line("fail", "CPU 4 is not there", NULL);
	fake_config("workers: [0, 1, 2, 3]\n" PORT);
	look(check_lcores);
	expect_line("warn", "CPU 0-3 forward: every one", NULL);
	fake_config("workers: [3]\n" PORT);
	fake_file("proc/self/status", "Name:\tx\nCpus_allowed_list:\t0-2\n");
	look(check_lcores);
	expect_count(REPORT_FAIL, 0); /* it asks for it */
	fake_file("proc/self/cgroup", "0::/user.slice\n");
	fake_file("sys/fs/cgroup/user.slice/cpuset.cpus.effective", "0-2\n");
	look(check_lcores);
	expect_line("fail", "may not run on CPU 3", "cpuset.cpus.effective");
	fake_file("sys/fs/cgroup/user.slice/cpuset.cpus.effective", "0-3\n");
	fake_config(PORT);
	look(check_lcores);
	expect_line("ok", "CPU 1 forwards", NULL);
	fake_pci(NIC, "0x020000\n", "0x8086\n", "vfio-pci", NULL);
	fake_file("sys/bus/pci/devices/" NIC "/numa_node", "1\n");
	fake_file("sys/devices/system/node/node1/cpulist", "2-3\n");
	fake_config("ports: [{name: p0, device: net_null0}, {name: p1, device: \"" NIC "\"}]\n");
	look(check_lcores);
	expect_line("ok", "CPU 2 forwards", NULL);
	fake_file("proc/self/status", "Name:\tx\nCpus_allowed_list:\t1\n");
	look(check_lcores);
	expect_line("ok", "CPU 1 forwards", NULL);
}

static void isolation(void **state)
{
	fake_config("workers: [2, 3]\n" PORT);
	fake_file(CPU "isolated", "3\n");
	look(check_lcores);
	expect_line("warn", "CPU 2: workers, not isolated", "isolcpus=2-3 nohz_full=2-3");
	fake_file(CPU "isolated", "2-3\n");
	fake_file(CPU "nohz_full", "(null)\n");
	look(check_lcores);
	expect_line("warn", "CPU 2-3: workers, isolated, but not nohz_full", "isolcpus=2-3");
	fake_file(CPU "nohz_full", "2-3\n");
	look(check_lcores);
	expect_line("ok", "CPU 2-3: workers, isolated and without a tick", NULL);
	expect_count(REPORT_WARN, 0);
}

static void isolated_ones_forward_by_default(void **state)
{
	fake_config(PORT);
	fake_file(CPU "isolated", "2-3\n");
	fake_file("proc/self/status", "Name:\tx\nCpus_allowed_list:\t0-1\n");
	look(check_lcores);
	expect_line("ok", "CPU 2 forwards", NULL);
	expect_count(REPORT_FAIL, 0);
	fake_file("proc/self/cgroup", "0::/\n");
	fake_file("sys/fs/cgroup/cpuset.cpus.effective", "0-1\n");
	look(check_lcores);
	expect_line("ok", "CPU 1 forwards", NULL);
}

static void governors(void **state)
{
	fake_config("workers: [2, 3]\n" PORT);
	fake_file(CPU "cpu2/cpufreq/scaling_governor", "performance\n");
	fake_file(CPU "cpu3/cpufreq/scaling_governor", "powersave\n");
	look(check_lcores);
	expect_line("warn", "CPU 3: governor powersave", "cpupower -c 3");
	fake_file(CPU "cpu3/cpufreq/scaling_governor", "performance\n");
	look(check_lcores);
	expect_line("ok", "governor performance", NULL);
}

static void siblings(void **state)
{
	fake_config("workers: [2]\n" PORT);
	fake_file(CPU "cpu2/topology/thread_siblings_list", "2-3\n");
	look(check_lcores);
	expect_line("warn", "CPU 2, a worker, shares its core with CPU 3", "cpu3/online");
	fake_file(CPU "isolated", "2-3\n");
	look(check_lcores);
	expect_line("ok", "no SMT sibling", NULL);
	fake_config("workers: [2, 3]\n" PORT);
	look(check_lcores);
	expect_line("warn", "CPU 2, a worker, shares its core with CPU 3", "cpu3/online");
}

static void irq(const char *number, const char *may, const char *effective)
{
	char path[128];

	snprintf(path, sizeof(path), "proc/irq/%s/smp_affinity_list", number);
	fake_file(path, may);
	snprintf(path, sizeof(path), "proc/irq/%s/effective_affinity_list", number);
	fake_file(path, effective);
}

static void interrupts(void **state)
{
	fake_config("workers: [2]\n" PORT);
	irq("30", "0-3\n", "0\n");
	irq("31", "0-3\n", "2\n"); /* nobody has asked for it */
	fake_folder("proc/irq/30/eth0-rx-0");
	look(check_irqs);
	expect_line("ok", "serves no IRQ; 1 may be moved", NULL);
	fake_folder("proc/irq/31/eth0-rx-1");
	look(check_irqs);
	expect_line("warn", "CPU 2, of workers, serves 1 IRQ(s): 31 (eth0-rx-1)",
		    "for i in 31; do echo 0 > ");
	irq("31", "2\n", "\n"); /* a kernel that does not tell where it is served */
	look(check_irqs);
	expect_line("warn", "31 (eth0-rx-1)", "for i in 31");
}

static void modules(void **state)
{
	fake_pci(NIC, "0x020000\n", "0x8086\n", "ixgbe", "eth2");
	fake_file("proc/sys/kernel/osrelease", "6.1.0-1-test\n");
	look(check_modules);
	expect_line("fail", "tun: not there", NULL);
	expect_line("ok", "vfio-pci: not there, and not needed", NULL);
	fake_file("lib/modules/6.1.0-1-test/modules.dep",
		  "kernel/drivers/net/tun.ko:\nkernel/drivers/vfio/pci/vfio-pci.ko.xz: x.ko\n");
	fake_config("ports: [{name: p0, device: \"" NIC "\"}]\n");
	look(check_modules);
	expect_line("warn", "tun: not loaded", "modprobe tun");
	expect_line("ok", "vfio-pci: not loaded, and not needed", "modprobe vfio-pci");
	expect_line("ok", "vfio_iommu_type1: not there, and not needed", NULL);
	fake_group(NIC, "1");
	look(check_modules);
	expect_line("warn", "vfio-pci: not loaded", "modprobe vfio-pci");
	expect_line("fail", "vfio_iommu_type1: not there", NULL);
	fake_file("proc/modules", "virtio 1 0 - Live\nvfio_pci 1 0 - Live\ntunnel4 1 0 - Live\n");
	fake_file("lib/modules/6.1.0-1-test/modules.builtin", "kernel/drivers/net/tun.ko\n");
	fake_folder("sys/module/vfio_iommu_type1");
	look(check_modules);
	expect_line("ok", "tun: built into the kernel", NULL);
	expect_line("ok", "vfio-pci: loaded", NULL);
	expect_line("ok", "vfio_iommu_type1: built into the kernel", NULL);
	expect_line("ok", "uio_pci_generic: not there, and not needed", NULL);
	fake_pci(NIC, "0x020000\n", "0x8086\n", "uio_pci_generic", NULL);
	fake_file("proc/modules", "uio_pci_generic 1 0 - Live\n");
	look(check_modules);
	expect_line("ok", "uio_pci_generic: loaded", NULL);
	expect_line("ok", "vfio_iommu_type1: built into the kernel", NULL);
}

#define STATUS(caps) "Name:\tsluice\nCapEff:\t" caps "\nCpus_allowed_list:\t0-3\n"
#define LIMITS(lock, files)                                                        \
	"Limit  Soft Limit  Hard Limit  Units\nMax locked memory  " lock "  " lock \
	"  bytes\nMax open files  1024  " files "  files\n"

static void privileges(void **state)
{
	fake_file("proc/self/status", STATUS("000001ffffffffff"));
	fake_file("proc/self/limits", LIMITS("8388608", "20000"));
	fake_config("netns: r\nports: [{name: p0, device: \"net_af_packet0,iface=v0\"}]\n");
	look(check_privileges);
	expect_line(
		"ok",
		"CAP_NET_ADMIN (mirrors, routes), CAP_NET_RAW (af_packet), CAP_SYS_ADMIN (netns)",
		NULL);
	expect_line("ok", "memlock: CAP_IPC_LOCK", NULL);
	expect_line("ok", "nofile: enough", NULL);
	fake_file("proc/self/status", STATUS("0000000000002000")); /* NET_RAW only */
	look(check_privileges);
	expect_line("fail", "missing: CAP_NET_ADMIN (mirrors, routes), CAP_SYS_ADMIN (netns)",
		    "sudo");
	expect_line("ok", "memlock: 8192 KiB", NULL);
	fake_config("control: none\n" PORT);
	look(check_privileges);
	expect_line("ok", "no capability is needed", NULL);
}

static void privileges_of_nics(void **state)
{
	fake_pci(NIC, "0x020000\n", "0x8086\n", "vfio-pci", NULL);
	fake_config("control: none\nports: [{name: p0, device: \"" NIC "\"}]\n");
	fake_file("proc/self/status", STATUS("0000000000000000"));
	fake_file("proc/self/limits", LIMITS("8388608", "4096"));
	fake_file("proc/sys/vm/nr_hugepages", "4000\n");
	look(check_privileges);
	expect_line("fail", "memlock: 8192 KiB, 128 MiB are needed", "ulimit -l unlimited");
	expect_line("warn", "nofile: 4096, for 4000 huge pages", "ulimit -Hn");
	fake_file("proc/self/limits", LIMITS("unlimited", "unlimited"));
	look(check_privileges);
	expect_count(REPORT_FAIL, 0);
	expect_line("ok", "memlock: unlimited", NULL);
	fake_pci(NIC, "0x020000\n", "0x8086\n", "uio_pci_generic", NULL);
	look(check_privileges);
	expect_line("fail", "missing: CAP_SYS_ADMIN (UIO), CAP_SYS_RAWIO (UIO)", "sudo");
	fake_pci(NIC, "0x020000\n", "0x8086\n", "vfio-pci", NULL);
	fake_group(NIC, "0");
	fake_file("sys/kernel/iommu_groups/0/name", "vfio-noiommu\n");
	look(check_privileges);
	expect_line("fail",
		    "missing: CAP_SYS_ADMIN (VFIO without an IOMMU), CAP_SYS_RAWIO (VFIO without",
		    "sudo");
}

static void the_group_of_the_socket(void **state)
{
	fake_file("etc/group", "root:x:0:\nsluices:x:7:\n");
	look(check_privileges);
	expect_line("warn", "there is no group sluice", "groupadd --system sluice");
	fake_config("api_group: admins\n" PORT);
	look(check_privileges);
	expect_line("fail", "there is no group admins", "groupadd --system admins");
	fake_file("etc/group", "sluice:x:7:\nadmins:x:8:\n");
	look(check_privileges);
	expect_count(REPORT_FAIL, 0);
	fake_config(PORT);
	look(check_privileges);
	expect_count(REPORT_WARN, 0);
	fake_config("api_group: 9\n" PORT);
	look(check_privileges);
	expect_count(REPORT_FAIL, 0);
}

static void sysctls(void **state)
{
	fake_file("proc/sys/net/core/dev_weight", "64\n"); /* the machine's first namespace */
	fake_file("proc/sys/net/ipv4/ip_forward", "0\n");
	fake_file("proc/sys/net/ipv6/conf/all/forwarding", "1\n");
	fake_file("proc/sys/net/ipv4/conf/all/rp_filter", "2\n");
	look(check_sysctls);
	expect_line("warn", "net/ipv4/ip_forward is 0", "sysctl -w net/ipv4/ip_forward=1");
	expect_count(REPORT_WARN, 1);
	fake_file("proc/sys/net/ipv4/conf/all/rp_filter", "1\n");
	look(check_sysctls);
	expect_count(REPORT_WARN, 2);
	fake_config("netns: r\n" PORT);
	look(check_sysctls);
	expect_line("ok", "a copy of files does not have the namespace r", NULL);
	fake_config("control: none\n" PORT);
	look(check_sysctls);
	expect_line("ok", "not needed", NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_create, fake_destroy)
	const struct CMUnitTest tests[] = {
		TEST(configuration),
		TEST(workers_that_are_there),
		TEST(isolation),
		TEST(isolated_ones_forward_by_default),
		TEST(governors),
		TEST(siblings),
		TEST(interrupts),
		TEST(modules),
		TEST(privileges),
		TEST(privileges_of_nics),
		TEST(the_group_of_the_socket),
		TEST(sysctls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
