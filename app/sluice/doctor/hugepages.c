/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Huge pages. sluiced takes them by memfd (DPDK's --in-memory), so that hugetlbfs need not be
 * mounted.
 */
#include <stdio.h>
#include <string.h>

#include "checks.h"

#define POOL       "sys/kernel/mm/hugepages"
#define FEW_MIB    8   /* sluiced does not start with fewer */
#define ENOUGH_MIB 64  /* two ports and two workers */
#define ADVICE_MIB 128 /* some ports, some workers */

/* What is there of all sizes. */
struct pages {
	unsigned long total_mib, free_mib;
};

static void of_nodes(const struct machine *m, unsigned long kib, char *buf, size_t size)
{
	struct tree_names nodes;
	size_t len = 0;

	*buf = '\0';
	tree_list(&m->tree, &nodes, "sys/devices/system/node");
	for (unsigned i = 0; i < nodes.n && len < size; i++) {
		long n;

		if (strncmp(nodes.name[i], "node", 4))
			continue;
		n = tree_number(&m->tree, -1,
				"sys/devices/system/node/%s/hugepages/hugepages-%lukB/nr_hugepages",
				nodes.name[i], kib);
		if (n >= 0)
			len += (size_t)snprintf(buf + len, size - len, ", %ld on %s", n,
						nodes.name[i]);
	}
	tree_names_free(&nodes);
}

/* One line a size that there are pages of. */
static void of_size(const struct machine *m, struct report *r, unsigned long kib,
		    struct pages *pages)
{
	long total = tree_number(&m->tree, 0, POOL "/hugepages-%lukB/nr_hugepages", kib);
	long free = tree_number(&m->tree, 0, POOL "/hugepages-%lukB/free_hugepages", kib);
	char nodes[512];

	if (total <= 0)
		return;
	pages->total_mib += (unsigned long)total * kib / 1024;
	pages->free_mib += (unsigned long)free * kib / 1024;
	of_nodes(m, kib, nodes, sizeof(nodes));
	report_line(r, REPORT_OK,
		    "Sluice takes its buffers from huge pages; they need no mount (it uses "
		    "--in-memory).",
		    NULL, "%ld page(s) of %lu MiB, %ld free%s", total, kib / 1024, free, nodes);
}

/* Is there a NUMA node with worker CPUs, but without any page? */
static void check_nodes(const struct machine *m, struct report *r)
{
	struct tree_names nodes, sizes;

	tree_list(&m->tree, &nodes, "sys/devices/system/node");
	for (unsigned i = 0; i < nodes.n; i++) {
		char command[COMMAND_LEN], text[CPUS_LEN];
		cpu_set_t cpus;
		long n = 0;

		if (strncmp(nodes.name[i], "node", 4))
			continue;
		tree_cpus(&m->tree, &cpus, "sys/devices/system/node/%s/cpulist", nodes.name[i]);
		CPU_AND(&cpus, &cpus, &m->workers);
		tree_list(&m->tree, &sizes, "sys/devices/system/node/%s/hugepages", nodes.name[i]);
		for (unsigned j = 0; j < sizes.n; j++)
			n += tree_number(&m->tree, 0,
					 "sys/devices/system/node/%s/hugepages/%s/nr_hugepages",
					 nodes.name[i], sizes.name[j]);
		if (CPU_COUNT(&cpus) && sizes.n && !n) {
			snprintf(command, sizeof(command), "%s hugepages %uM", m->setup,
				 2 * ADVICE_MIB);
			report_line(r, REPORT_WARN,
				    "These workers would use memory of another NUMA node, which is "
				    "slower.",
				    command, "no huge page on %s, where CPU %s forwards",
				    nodes.name[i], cpus_print(&cpus, text));
		}
		tree_names_free(&sizes);
	}
	tree_names_free(&nodes);
}

/* Are there enough? */
static void judge(const struct machine *m, struct report *r, const struct pages *p)
{
	unsigned long asked = m->cfg.memory_mib, need = asked ? asked : FEW_MIB;
	unsigned long short_mib = (asked > ADVICE_MIB ? asked : ADVICE_MIB) - p->free_mib;
	char command[COMMAND_LEN];

	snprintf(command, sizeof(command), "%s hugepages %luM", m->setup, p->total_mib + short_mib);
	if (p->free_mib < need && machine_socket(m, m->api) == SOCKET_HEARD)
		report_line(r, REPORT_OK, "It has what it needed when it started.", NULL,
			    "%lu MiB are free, while sluiced runs", p->free_mib);
	else if (p->free_mib < need)
		report_line(
			r, REPORT_FAIL,
			"sluiced finds no memory for its buffers (dpdk: {hugepages: false} does "
			"without them, for tests).",
			command, "%lu MiB of huge pages are free, at least %lu are needed",
			p->free_mib, need);
	else if (p->free_mib < ENOUGH_MIB && !asked)
		report_line(r, REPORT_WARN,
			    "Two ports and one worker take 36 MiB; more of them may not start.",
			    command, "%lu MiB of huge pages are free", p->free_mib);
}

void check_hugepages(const struct machine *m, struct report *r)
{
	struct pages pages = {0};
	struct tree_names sizes;
	unsigned long kib;

	if (m->has_config && !m->cfg.hugepages) {
		report_line(r, REPORT_WARN, "Small pages do, at less than half the speed.", NULL,
			    "the configuration wants none (dpdk: hugepages: false)");
		return;
	}
	tree_list(&m->tree, &sizes, POOL);
	for (unsigned i = 0; i < sizes.n; i++)
		if (sscanf(sizes.name[i], "hugepages-%lukB", &kib) == 1)
			of_size(m, r, kib, &pages);
	if (sizes.n) {
		judge(m, r, &pages);
		if (pages.total_mib)
			check_nodes(m, r);
	} else {
		report_line(
			r, REPORT_FAIL,
			"sluiced takes its buffers from huge pages (dpdk: {hugepages: false} does "
			"without them, for tests).",
			NULL, "this kernel has no huge pages (no /" POOL ")");
	}
	tree_names_free(&sizes);
}
