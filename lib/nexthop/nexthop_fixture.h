/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of next hops have in common: tables, and short words for what they do with them.
 */
#ifndef SLUICE_NEXTHOP_FIXTURE_H
#define SLUICE_NEXTHOP_FIXTURE_H

#include "nexthop_testing.h"

#define MAX 50

static struct testing_tables *t;
static struct error err;

static inline int setup(void **state)
{
	t = testing_tables_create(MAX);
	return 0;
}

static inline int teardown(void **state)
{
	testing_tables_destroy(t);
	return 0;
}

static inline struct nexthop *get(unsigned port, const char *gateway)
{
	struct ip_addr addr = testing_addr(gateway);
	struct nexthop *nh = nexthop_get(t->nexthops, t->p[port], &addr, &err);

	assert_non_null(nh);
	return nh;
}

static inline void put(struct nexthop *nh)
{
	nexthop_put(t->nexthops, nh);
}

static inline int resolve(struct nexthop *nh, unsigned mac_number)
{
	struct mac_addr mac = testing_mac(mac_number);

	return nexthop_resolve(t->nexthops, nh, &mac, &err);
}

static inline struct nexthop_group *group_over(struct nexthop *const *nhs, unsigned n)
{
	struct nexthop_path paths[GROUP_PATHS_MAX];

	for (unsigned i = 0; i < n; i++)
		paths[i] = (struct nexthop_path){.nh = nhs[i], .weight = 1};
	return nexthop_group_get(t->nexthops, paths, n, &err);
}

static inline uint32_t index_of(struct nexthop_group *group)
{
	assert_non_null(group);
	return nexthop_group_index(group);
}

#endif
