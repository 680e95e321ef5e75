/* SPDX-License-Identifier: BSD-3-Clause */
#include "numa_place.h"

#include <stdbool.h>
#include <unistd.h>

#include <numa.h>

#include <rte_common.h>

static bool has_nodes(void)
{
	return numa_available() >= 0;
}

int numa_place_of_cpu(unsigned cpu)
{
	int node = has_nodes() ? numa_node_of_cpu((int)cpu) : 0;

	return RTE_MAX(node, 0);
}

int numa_place_home(const unsigned *cpus, unsigned n)
{
	int first = n ? numa_place_of_cpu(cpus[0]) : 0;
	struct bitmask *nodes;
	bool one = true;

	for (unsigned i = 1; i < n; i++)
		one &= numa_place_of_cpu(cpus[i]) == first;
	if (one)
		return first;
	nodes = numa_allocate_nodemask();
	if (!nodes)
		return first;
	for (unsigned i = 0; i < n; i++)
		numa_bitmask_setbit(nodes, (unsigned)numa_place_of_cpu(cpus[i]));
	numa_set_interleave_mask(nodes);
	numa_free_nodemask(nodes);
	return -1;
}

void numa_place_count(const void *base, size_t bytes, uint64_t by_node[NUMA_PLACE_MAX])
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), step = page;
	void *pages[NUMA_PLACE_SAMPLES];
	int status[NUMA_PLACE_SAMPLES];
	unsigned long n = 0;

	if (!has_nodes()) {
		by_node[0] += bytes;
		return;
	}
	while (bytes / step >= NUMA_PLACE_SAMPLES)
		step *= 2;
	for (size_t at = 0; at < bytes; at += step)
		pages[n++] = (char *)(uintptr_t)base + at;
	/* Without nodes to move to, it tells where they are. */
	if (!n || numa_move_pages(0, n, pages, NULL, status, 0))
		return;
	for (unsigned long i = 0; i < n; i++)
		if (status[i] >= 0)
			by_node[RTE_MIN(status[i], NUMA_PLACE_MAX - 1)] +=
				RTE_MIN(step, bytes - i * step);
}
