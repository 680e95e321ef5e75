/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that grows without ever moving, for tables that workers read while the control thread
 * writes: a range of addresses is reserved whole at the start, and taken into use in steps of one
 * huge page. It prefers huge pages and lies on the NUMA node of its readers.
 *
 * Context: control thread; the memory itself is anybody's.
 */
#ifndef SLUICE_REGION_H
#define SLUICE_REGION_H

#include <stddef.h>

struct region {
	void *base;     /* aligned to a huge page */
	size_t size;    /* bytes reserved from base on */
	size_t in_use;  /* bytes of them that can be read and written; new ones are zero */
	void *map;      /* as it was mapped, for region_fini() */
	size_t map_len; /* bytes */
};

/* Reserve size bytes (rounded up to 2 MiB); none is in use yet.
 * numa_node: where the pages shall come from; -1: anywhere. Without NUMA support in the kernel it
 * is ignored. 0; -EINVAL: no such node; -ENOMEM. */
int region_init(struct region *region, size_t size, int numa_node);

/* Take at least the first `bytes` into use. 0, or -ENOMEM when that is beyond the reservation or
 * the kernel has no memory: what was in use stays as it is. */
int region_grow(struct region *region, size_t bytes);

/* Reserve bytes and take all of them into use. The memory, zeroed; or NULL and errno. */
void *region_create(struct region *region, size_t bytes, int numa_node);

/* Give everything back. A zeroed region is allowed. */
void region_fini(struct region *region);

#endif
