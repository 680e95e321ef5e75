/* SPDX-License-Identifier: BSD-3-Clause */
#include "nexthop_testing.h"

#include <stdio.h>

#define READERS 4

struct testing_tables *testing_tables_create(uint32_t max_neighbours)
{
	struct testing_tables *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->rcu = rcu_create(READERS, 256);
	t->ifaces = iface_table_create(TESTING_IFACES_MAX, -1);
	assert_true(t->rcu && t->ifaces);
	t->nexthops = nexthop_table_create(max_neighbours, -1, t->rcu);
	assert_non_null(t->nexthops);
	for (uint16_t i = 0; i < TESTING_PORTS; i++) {
		struct mac_addr mac = testing_mac(0xff00u + i);
		char name[] = {'p', (char)('0' + i), '\0'};

		t->p[i] = iface_add(t->ifaces, name, (uint16_t)(10 + i), &mac, 1500, NULL);
		assert_non_null(t->p[i]);
	}
	return t;
}

void testing_tables_destroy(struct testing_tables *t)
{
	rcu_synchronize(t->rcu);
	nexthop_table_destroy(t->nexthops);
	iface_table_destroy(t->ifaces);
	rcu_destroy(t->rcu);
	free(t);
}

void testing_reader_done(struct rcu *rcu, unsigned id)
{
	rte_rcu_qsbr_thread_offline(rcu->qsbr, id);
}

struct ip_addr testing_addr(const char *text)
{
	struct ip_addr addr;

	assert_int_equal(ip_addr_parse(text, &addr), 0);
	return addr;
}

struct ip_prefix testing_prefix(const char *text)
{
	struct ip_prefix prefix;

	assert_int_equal(ip_prefix_parse(text, &prefix), 0);
	return prefix;
}

struct mac_addr testing_mac(unsigned number)
{
	return (struct mac_addr){{2, 0, 0, 0, (uint8_t)(number >> 8), (uint8_t)number}};
}

uint32_t testing_adj_index(const struct nexthop_table *t, uint32_t group, uint32_t hash)
{
	const struct group_table *groups = nexthop_groups(t);
	uint64_t word = group_word(groups, group);

	return group_word_is_multipath(word) ? group_bucket(groups, word, hash) : (uint32_t)word;
}

const struct adj *testing_adj(const struct nexthop_table *t, uint32_t group, uint32_t hash)
{
	return &nexthop_adjs(t)[testing_adj_index(t, group, hash)];
}

void testing_assert_kind(const struct nexthop_table *t, uint32_t group, uint32_t hash,
			 enum adj_kind kind)
{
	assert_string_equal(adj_kind_name(testing_adj(t, group, hash)->kind), adj_kind_name(kind));
}

void testing_assert_rewrite(const struct nexthop_table *t, uint32_t group, uint32_t hash,
			    unsigned mac)
{
	const struct mac_addr want = testing_mac(mac);

	testing_assert_kind(t, group, hash, ADJ_REWRITE);
	assert_memory_equal(&adj_hdr(testing_adj(t, group, hash))->dst_addr, &want, sizeof(want));
}

unsigned testing_room(struct testing_tables *t)
{
	struct nexthop *nhs[4096];
	unsigned n = 0;
	bool full = false;

	for (; !full; n++) {
		struct ip_addr addr = {.family = IP6,
				       .bytes = {0x20, (uint8_t)(n >> 8), (uint8_t)n}};
		struct mac_addr mac = testing_mac(n);

		assert_true(n < RTE_DIM(nhs));
		nhs[n] = nexthop_get(t->nexthops, t->p[0], &addr, NULL);
		assert_non_null(nhs[n]);
		full = nexthop_resolve(t->nexthops, nhs[n], &mac, NULL) != 0;
	}
	for (unsigned i = 0; i < n; i++)
		nexthop_put(t->nexthops, nhs[i]);
	rcu_synchronize(t->rcu);
	return n - 1;
}
