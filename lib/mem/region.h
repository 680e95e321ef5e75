/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that grows without ever moving, for tables that workers read while the control thread
 * writes: a range of addresses is reserved whole at the start, and taken into use in steps: of
 * 64 KiB while it is small, so that a hundred small tables are cheap, then of one huge page. It
 * prefers huge pages and lies on the NUMA node of its readers.
 *
 * Context: control thread; the memory itself is anybody's.
 */
#ifndef SLUICE_REGION_H
#define SLUICE_REGION_H

#include <stddef.h>

#define REGION_STEP       ((size_t)2 << 20)  /* a huge page */
#define REGION_STEP_SMALL ((size_t)64 << 10) /* up to a quarter of one */

struct region {
	void *base;     /* aligned to a huge page */
	size_t size;    /* bytes reserved from base on */
	size_t in_use;  /* bytes of them that can be read and written; new ones are zero */
	void *map;      /* as it was mapped, for region_fini(); NULL: part of another */
	size_t map_len; /* bytes */
};

/* Reserve size bytes (rounded up to 2 MiB); none is in use yet.
 * numa_node: where the pages shall come from; -1: anywhere. Without NUMA support in the kernel it
 * is ignored. 0; -EINVAL: no such node; -ENOMEM. */
int region_init(struct region *region, size_t size, int numa_node);

/* A region of its own inside what another has reserved and not taken into use: size bytes from
 * offset on, both multiples of 2 MiB. It is valid as long as the whole; the whole must not grow
 * into it. */
struct region region_part(const struct region *whole, size_t offset, size_t size);

/* Take at least the first `bytes` into use. 0, or -ENOMEM when that is beyond the reservation or
 * the kernel has no memory: what was in use stays as it is. */
int region_grow(struct region *region, size_t bytes);

/* Give the memory back but keep the addresses: nothing is in use, and it can grow again. */
void region_empty(struct region *region);

/* Reserve bytes and take all of them into use. The memory, zeroed; or NULL and errno. */
void *region_create(struct region *region, size_t bytes, int numa_node);

/* The same on small pages, each of which costs memory only from its first write on, and may be
 * read before without a page fault: for an array of which little is ever written. */
void *region_create_sparse(struct region *region, size_t bytes, int numa_node);

/* What is told of each region that something consists of. */
typedef void region_visit_fn(void *ctx, const struct region *region);

/* Give everything back. A zeroed region is allowed. */
void region_fini(struct region *region);

#endif
