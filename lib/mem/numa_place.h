/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where memory and CPUs are, by the kernel's NUMA nodes. A kernel without NUMA, or a machine of one
 * node, counts as node 0. Context: control thread.
 */
#ifndef SLUICE_NUMA_PLACE_H
#define SLUICE_NUMA_PLACE_H

#include <stddef.h>
#include <stdint.h>

#define NUMA_PLACE_MAX 64 /* nodes that are told apart; those above count as the last */

/* The node of a CPU. */
int numa_place_of_cpu(unsigned cpu);

/*
 * Where tables belong that the threads of all these CPUs read: the node, when all CPUs are of one.
 * Else -1, and the calling thread's memory policy is from now on to take pages from all of those
 * nodes in turn: so no CPU has all of a table on the far side, and no memory bus all of the load.
 * (Pages come from where the thread that first writes to them says: tables have one writer, the
 * control thread, which calls this before it makes them.)
 */
int numa_place_home(const unsigned *cpus, unsigned n);

/* Add to by_node the bytes of the range that lie on each node. Pages without memory count nowhere.
 * A large range is sampled: at most NUMA_PLACE_SAMPLES pages are asked for. */
void numa_place_count(const void *base, size_t bytes, uint64_t by_node[NUMA_PLACE_MAX]);

#define NUMA_PLACE_SAMPLES 1024

#endif
