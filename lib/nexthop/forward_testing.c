/* SPDX-License-Identifier: BSD-3-Clause */
#include "forward_testing.h"

struct testing_forward *testing_forward_create(uint8_t family)
{
	struct testing_forward *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->w = testing_worker_create(64);
	f->t = testing_tables_create(2 * TESTING_NEXTHOPS);
	f->t->p[3]->mtu = TESTING_SMALL_MTU;
	f->w->ifaces = f->t->ifaces->fwd;
	f->w->groups = nexthop_groups(f->t->nexthops);
	f->w->adjs = nexthop_adjs(f->t->nexthops);
	for (unsigned i = 0; i < TESTING_NEXTHOPS; i++) {
		struct ip_addr gateway = {.family = family, .bytes = {0xfd, 99, 0, (uint8_t)i}};
		struct mac_addr mac = testing_mac(i);

		f->nhs[i] = nexthop_get(f->t->nexthops, f->t->p[i % TESTING_PORTS], &gateway, NULL);
		if (i)
			assert_int_equal(nexthop_resolve(f->t->nexthops, f->nhs[i], &mac, NULL), 0);
	}
	return f;
}

void testing_forward_destroy(struct testing_forward *f)
{
	testing_worker_destroy(f->w);
	while (f->n_held)
		nexthop_group_put(f->t->nexthops, f->held[--f->n_held]);
	for (unsigned i = 0; i < TESTING_NEXTHOPS; i++)
		nexthop_put(f->t->nexthops, f->nhs[i]);
	testing_tables_destroy(f->t);
	free(f);
}

uint32_t testing_forward_group(struct testing_forward *f, unsigned first, unsigned n)
{
	struct nexthop_path paths[TESTING_NEXTHOPS];
	struct nexthop_group *group;

	for (unsigned i = 0; i < n; i++)
		paths[i] = (struct nexthop_path){.nh = f->nhs[first + i], .weight = 1};
	group = nexthop_group_get(f->t->nexthops, paths, n, NULL);
	assert_non_null(group);
	assert_true(f->n_held < RTE_DIM(f->held));
	f->held[f->n_held++] = group;
	return nexthop_group_index(group);
}

bool testing_has_fate(const struct testing_forward *f, const struct rte_mbuf *pkt,
		      const struct testing_fate *fate)
{
	struct pkt_meta meta;
	const struct adj *adj;

	if (testing_where(f->w, pkt, &meta) != fate->node || meta.iface != TESTING_RX_IFACE)
		return false;
	if (fate->node != NODE_output)
		return meta.value == fate->value;
	adj = &f->w->adjs[meta.value];
	return adj->kind == ADJ_REWRITE && adj_hdr(adj)->dst_addr.addr_bytes[5] == fate->value;
}

static unsigned place_of(const struct rte_mbuf *pkt, struct rte_mbuf *const *pkts)
{
	unsigned place = 0;

	while (pkts[place] != pkt)
		assert_true(++place < BURST_MAX);
	return place;
}

void testing_assert_order(const struct testing_forward *f, struct rte_mbuf *const *pkts,
			  const unsigned *kinds)
{
	for (int node = 0; node < NODE_MAX; node++) {
		const struct burst *b = f->w->in[node];
		unsigned place[BURST_MAX];

		for (uint32_t i = 0; i < b->n; i++) {
			place[i] = place_of(b->pkts[i], pkts);
			for (uint32_t j = 0; j < i; j++)
				assert_true(place[j] < place[i] ||
					    (node != NODE_output &&
					     kinds[place[j]] != kinds[place[i]]));
		}
	}
}

void testing_forward_empty(struct testing_forward *f)
{
	for (int node = 0; node < NODE_MAX; node++) {
		rte_pktmbuf_free_bulk(f->w->in[node]->pkts, f->w->in[node]->n);
		f->w->in[node]->n = 0;
	}
}
