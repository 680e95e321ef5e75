/* SPDX-License-Identifier: BSD-3-Clause */
#include "region.h"

#include <errno.h>
#include <stdint.h>

#include <numa.h>
#include <sys/mman.h>

#include <rte_common.h>

/* In turn by address, as far as the thread's policy says so for what it touches first: by that
 * alone, page tables would take turns with what they map, and all of the table be on every other
 * node. */
static void spread(const struct region *region)
{
	struct bitmask *nodes = numa_get_interleave_mask();

	if (nodes && numa_bitmask_weight(nodes) > 1)
		numa_interleave_memory(region->base, region->size, nodes);
	if (nodes)
		numa_free_nodemask(nodes);
}

int region_init(struct region *region, size_t size, int numa_node)
{
	int has_numa = numa_available() >= 0;

	*region = (struct region){0};
	if (numa_node < -1 || (has_numa && numa_node > numa_max_node()))
		return -EINVAL;
	size = RTE_ALIGN_CEIL(size, REGION_STEP);
	region->map_len = size + REGION_STEP;
	/* No access yet, hence no charge against the kernel's commit limit. */
	region->map = mmap(NULL, region->map_len, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (region->map == MAP_FAILED) {
		*region = (struct region){0};
		return -ENOMEM;
	}
	region->base = RTE_PTR_ALIGN_CEIL(region->map, REGION_STEP);
	region->size = size;
	/* Both are wishes: small pages or another node's serve too, only slower. (Bound strictly, a
	 * full node would end in the OOM killer while another has memory.) */
	madvise(region->base, size, MADV_HUGEPAGE);
	if (has_numa && numa_node >= 0) {
		numa_set_bind_policy(0);
		numa_tonode_memory(region->base, size, numa_node);
	} else if (has_numa) {
		spread(region);
	}
	return 0;
}

struct region region_part(const struct region *whole, size_t offset, size_t size)
{
	return (struct region){.base = RTE_PTR_ADD(whole->base, offset), .size = size};
}

int region_grow(struct region *region, size_t bytes)
{
	if (bytes <= region->in_use)
		return 0;
	/* Where not all of a huge page's range can be written, the kernel gives small ones. */
	bytes = RTE_ALIGN_CEIL(bytes, bytes > REGION_STEP / 4 ? REGION_STEP : REGION_STEP_SMALL);
	if (bytes > region->size || mprotect(region->base, bytes, PROT_READ | PROT_WRITE))
		return -ENOMEM;
	region->in_use = bytes;
	return 0;
}

void region_empty(struct region *region)
{
	if (!region->in_use)
		return;
	madvise(region->base, region->in_use, MADV_DONTNEED);
	mprotect(region->base, region->in_use, PROT_NONE);
	region->in_use = 0;
}

void *region_create(struct region *region, size_t bytes, int numa_node)
{
	int ret = region_init(region, bytes, numa_node);

	if (!ret)
		ret = region_grow(region, bytes);
	if (!ret)
		return region->base;
	region_fini(region);
	errno = -ret;
	return NULL;
}

void *region_create_sparse(struct region *region, size_t bytes, int numa_node)
{
	int ret = region_init(region, bytes, numa_node);

	if (!ret) {
		madvise(region->base, region->size, MADV_NOHUGEPAGE);
		ret = region_grow(region, bytes);
	}
	if (ret) {
		region_fini(region);
		errno = -ret;
		return NULL;
	}
	/* Shows the zero page everywhere; a kernel before 5.14 does it at the first read. */
	madvise(region->base, region->in_use, MADV_POPULATE_READ);
	return region->base;
}

void region_fini(struct region *region)
{
	if (region->map)
		munmap(region->map, region->map_len);
	*region = (struct region){0};
}
