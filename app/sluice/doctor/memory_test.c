/* SPDX-License-Identifier: BSD-3-Clause */
/* Huge pages and what is left of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "doctor_testing.h"

#define POOL "sys/kernel/mm/hugepages/hugepages-2048kB"
#define NODE "sys/devices/system/node/node"

static void pages(const char *total, const char *free)
{
	fake_file(POOL "/nr_hugepages", total);
	fake_file(POOL "/free_hugepages", free);
	fake_file(NODE "0/hugepages/hugepages-2048kB/nr_hugepages", total);
}

static void none_is_a_failure(void **state)
{
	pages("0\n", "0\n");
	look(check_hugepages);
	expect_line("fail", "0 MiB of huge pages are free", "hugepages 128M");
	fake_config("dpdk: {hugepages: false}\nports: [{name: p0, device: net_null0}]\n");
	look(check_hugepages);
	expect_count(REPORT_FAIL, 0);
	expect_line("warn", "the configuration wants none", NULL);
}

static void enough_is_judged_by_what_is_free(void **state)
{
	pages("100\n", "100\n");
	look(check_hugepages);
	expect_line("ok", "100 page(s) of 2 MiB, 100 free, 100 on node0", NULL);
	expect_count(REPORT_WARN, 0);
	expect_count(REPORT_FAIL, 0);
	pages("100\n", "20\n");
	look(check_hugepages);
	expect_line("warn", "40 MiB of huge pages are free, up to 85", "hugepages 288M");
	pages("100\n", "3\n");
	look(check_hugepages);
	expect_line("fail", "6 MiB of huge pages are free, at least 8", "hugepages 322M");
	fake_config("dpdk: {memory: 1024}\nports: [{name: p0, device: net_null0}]\n");
	pages("100\n", "100\n");
	look(check_hugepages);
	expect_line("fail", "at least 1024", "hugepages 1024M");
}

/* Ports of net_null: as many queues as workers, 1024 descriptors. The numbers are what sluiced was
 * seen to take, 36, 70 and 202 MiB, but for some that only the devices know. */
static void the_ports_say_how_much(void **state)
{
	static const struct {
		const char *workers, *more, *fail;
		unsigned ports;
	} cases[] = {
		{"1", "", "at least 39 are needed", 2},
		{"1, 2", "", "at least 75 are needed", 2},
		{"1, 2", "", "at least 230 are needed", 16},
		{"1, 2", "dpdk: {mbufs: 1000000}\n", "at least 2275 are needed", 2},
		{"1, 2", "dpdk: {mbuf_size: 9344}\n", "at least 274 are needed", 2},
	};

	pages("10\n", "10\n");
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[4096];
		size_t len = (size_t)snprintf(text, sizeof(text), "workers: [%s]\n%sports:\n",
					      cases[i].workers, cases[i].more);

		for (unsigned p = 0; p < cases[i].ports; p++)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"  - {name: p%u, device: net_null%u}\n", p, p);
		fake_config(text);
		look(check_hugepages);
		expect_line("fail", cases[i].fail, "hugepages ");
	}
	fake_config("workers: [1, 2]\nports:\n"
		    "  - {name: p0, device: net_null0, queues: 8, rx_descriptors: 4096}\n");
	look(check_hugepages);
	expect_line("fail", "at least 134 are needed", "hugepages 142M");
}

#define NIC(slot) "0000:0" slot ":00.0"

/* Each node has a pool, from which all ports send. */
static void nodes_have_pools_of_their_own(void **state)
{
	pages("10\n", "10\n");
	fake_pci(NIC("5"), "0x020000\n", "0x8086\n", "vfio-pci", NULL);
	fake_pci(NIC("6"), "0x020000\n", "0x8086\n", "vfio-pci", NULL);
	fake_config("ports: [{name: p0, device: \"" NIC("5") "\"}, {name: p1, device: \"" NIC(
		"6") "\"}]\n");
	look(check_hugepages);
	expect_line("fail", "at least 39 are needed", "hugepages 128M");
	fake_file("sys/bus/pci/devices/" NIC("6") "/numa_node", "1\n");
	look(check_hugepages);
	expect_line("fail", "at least 72 are needed", "hugepages 128M");
}

/* One page of 1 GiB is in use; the command is for those of 2 MiB. */
static void pages_of_two_sizes(void **state)
{
	pages("10\n", "2\n");
	fake_file("proc/meminfo",
		  "HugePages_Total: 10\nHugePages_Free: 2\nHugepagesize: 2048 kB\n");
	fake_file("sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "1\n");
	fake_file("sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", "0\n");
	look(check_hugepages);
	expect_line("fail", "4 MiB of huge pages are free", "hugepages 144M");
	fake_file("sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", "1\n");
	look(check_hugepages);
	expect_count(REPORT_FAIL, 0);
	fake_file("proc/meminfo",
		  "HugePages_Total: 1\nHugePages_Free: 0\nHugepagesize: 1048576 kB\n");
	fake_file("sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", "0\n");
	look(check_hugepages);
	expect_line("fail", "4 MiB of huge pages are free", "hugepages 1148M");
}

/* The pages are on node 0; the worker is CPU 5 of node 1. */
static void nodes_of_workers_want_some(void **state)
{
	pages("100\n", "100\n");
	fake_file("sys/devices/system/cpu/online", "0-7\n");
	fake_file(NODE "1/cpulist", "4-7\n");
	fake_file(NODE "1/hugepages/hugepages-2048kB/nr_hugepages", "0\n");
	look(check_hugepages);
	expect_count(REPORT_WARN, 0);
	fake_config("workers: [5]\nports: [{name: p0, device: net_null0}]\n");
	look(check_hugepages);
	expect_line("warn", "no huge page on node1, where CPU 5 forwards", "hugepages 256M");
}

static void kernel_without_huge_pages(void **state)
{
	look(check_hugepages);
	expect_line("fail", "this kernel has no huge pages", NULL);
}

#define MEMINFO(total, free) \
	"HugePages_Total: " total "\nHugePages_Free: " free "\nHugepagesize:  2048 kB\n"

static void pages_that_nobody_has(void **state)
{
	fake_file("proc/meminfo", MEMINFO("10", "4"));
	look(check_leftovers);
	expect_line("warn", "12 MiB of huge pages are in use, by no process", "hugetlbfs");
	fake_file("proc/7/status", "Name:\tother\nHugetlbPages:\t   12288 kB\n");
	look(check_leftovers);
	expect_count(REPORT_WARN, 0);
}

/* One file of a mount is locked, as those that DPDK uses are. */
static void files_that_nobody_holds(void **state)
{
	char path[256], locks[256], command[256];
	struct stat st;

	fake_file("proc/mounts", "none /dev/hugepages hugetlbfs rw 0 0\n");
	fake_file("dev/hugepages/rtemap_0", "");
	fake_file("dev/hugepages/rtemap_1", "");
	fake_file("dev/hugepages/qemu_ram", "");
	look(check_leftovers);
	expect_line("warn", "2 file(s) *map_* in /dev/hugepages", "/dev/hugepages/rtemap_1");
	snprintf(path, sizeof(path), "%s/dev/hugepages/rtemap_1", (char *)*state);
	assert_int_equal(stat(path, &st), 0);
	snprintf(locks, sizeof(locks), "1: FLOCK  ADVISORY  READ 71 %02x:%02x:%lu 0 EOF\n",
		 major(st.st_dev), minor(st.st_dev), (unsigned long)st.st_ino);
	fake_file("proc/locks", locks);
	look(check_leftovers);
	snprintf(command, sizeof(command), "rm %s/dev/hugepages/rtemap_0", (char *)*state);
	expect_line("warn", "1 file(s) *map_* in /dev/hugepages", command);
	expect_no_command("rtemap_1");
	for (unsigned i = 10; i < 60; i++) {
		snprintf(path, sizeof(path), "dev/hugepages/rtemap_%u", i);
		fake_file(path, "");
	}
	look(check_leftovers);
	expect_line("warn", "51 file(s) *map_* in /dev/hugepages, held by nobody (the command has",
		    command);
}

static void runtime_folders(void **state)
{
	fake_folder("var/run/dpdk/sluice");
	fake_folder("var/run/dpdk/rte");
	look(check_leftovers);
	expect_line("ok", "/var/run/dpdk/sluice, of 0 file(s)", "rm -r");
	fake_file("var/run/dpdk/sluice/config", "");
	look(check_leftovers);
	expect_line("warn", "of 1 file(s)", "rm -r");
	fake_file("proc/71/status", "Name:\tsluiced\nPid:\t71\n");
	look(check_leftovers);
	expect_count(REPORT_WARN, 0);
}

static void sockets(void **state)
{
	look(check_leftovers);
	expect_line("ok", "there is no /run/sluice/sluice.sock", NULL);
	fake_file("run/sluice/sluice.sock", "");
	look(check_leftovers);
	expect_line("warn", "nobody listens on /run/sluice/sluice.sock", "rm /run/sluice");
	fake_file("proc/net/unix",
		  "Num RefCount Protocol Flags Type St Inode Path\n"
		  "0: 00000002 00000000 00010000 0001 01 9 /run/sluice/sluice.sock\n");
	look(check_leftovers);
	expect_line("ok", "sluiced runs", NULL);
}

#define PORT "ports: [{name: p0, device: net_null0}]\n"

static void mirrors(void **state)
{
	fake_file("sys/class/net/eth0/ifalias", "sluice uplink\n");
	look(check_leftovers);
	expect_count(REPORT_WARN, 0);
	fake_file("sys/class/net/p0/ifalias", "sluice /run/sluice/sluice.sock p0\n");
	look(check_leftovers);
	expect_line("warn", "mirror p0 (namespace: own) is of a sluiced", "ip link del p0");
	fake_config(PORT);
	look(check_leftovers);
	expect_line("ok", "mirror p0 (namespace: own) waits", NULL);
	fake_config("api: /run/other.sock\n" PORT);
	look(check_leftovers);
	expect_line("fail", "mirror p0 (namespace: own) is of a sluiced", "ip link del p0");
	fake_file("sys/class/net/p0/ifalias", "sluice /run/other.sock p7\n");
	look(check_leftovers);
	expect_line("warn", "mirror p0", "ip link del p0");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_create, fake_destroy)
	const struct CMUnitTest tests[] = {
		TEST(none_is_a_failure),
		TEST(enough_is_judged_by_what_is_free),
		TEST(the_ports_say_how_much),
		TEST(nodes_have_pools_of_their_own),
		TEST(pages_of_two_sizes),
		TEST(nodes_of_workers_want_some),
		TEST(kernel_without_huge_pages),
		TEST(pages_that_nobody_has),
		TEST(files_that_nobody_holds),
		TEST(runtime_folders),
		TEST(sockets),
		TEST(mirrors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
