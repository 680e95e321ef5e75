/* SPDX-License-Identifier: BSD-3-Clause */
#include "adj.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iface.h"
#include "rcu.h"

struct adj_table *adj_table_create(uint32_t max, int numa_node, struct rcu *rcu)
{
	static const enum adj_kind fixed[ADJ_INDEX_FIXED] = {
		[ADJ_INDEX_NO_ROUTE] = ADJ_NO_ROUTE, [ADJ_INDEX_UNREACHABLE] = ADJ_UNREACHABLE,
		[ADJ_INDEX_PROHIBIT] = ADJ_PROHIBIT, [ADJ_INDEX_BLACKHOLE] = ADJ_BLACKHOLE,
		[ADJ_INDEX_LOCAL] = ADJ_LOCAL,       [ADJ_INDEX_KERNEL] = ADJ_KERNEL,
	};
	struct adj_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->max = max + ADJ_INDEX_FIXED;
	t->rcu = rcu;
	t->adjs = region_create(&t->mem, t->max * sizeof(*t->adjs), numa_node);
	t->free = calloc(t->max, sizeof(*t->free));
	if (!t->adjs || !t->free) {
		adj_table_destroy(t);
		errno = ENOMEM;
		return NULL;
	}
	for (uint32_t i = 0; i < ADJ_INDEX_FIXED; i++)
		t->adjs[i].kind = fixed[i];
	/* From the top of the stack: low indices first, so that those in use stay close together.
	 */
	for (uint32_t i = t->max; i-- > ADJ_INDEX_FIXED;)
		t->free[t->n_free++] = i;
	return t;
}

void adj_table_destroy(struct adj_table *t)
{
	if (!t)
		return;
	region_fini(&t->mem);
	free(t->free);
	free(t);
}

static uint32_t adj_new(struct adj_table *t, enum adj_kind kind, const struct iface *iface)
{
	uint32_t index;

	if (!t->n_free && t->leaving)
		rcu_synchronize(t->rcu);
	if (!t->n_free) {
		t->refused++;
		return 0;
	}
	index = t->free[--t->n_free];
	t->adjs[index] = (struct adj){
		.kind = kind, .iface = iface->id, .port = iface->port, .mtu = iface->mtu};
	return index;
}

/* Whether the device of the port puts on the only tag. */
static bool inserts(const struct iface *iface)
{
	const struct iface *below = iface->parent;

	return iface->kind == IFACE_VLAN && below && below->kind == IFACE_PORT &&
	       below->inserts_tags && iface->tpid == VLAN_TPID_8021Q;
}

/* Those of a VLAN interface in front of `at`, which moves: the inner one first. */
static uint8_t *put_tags(uint8_t *at, const struct iface *iface)
{
	for (; iface && iface->kind == IFACE_VLAN; iface = iface->parent) {
		uint32_t tag = iface_tag(iface);

		at = memcpy(at - sizeof(tag), &tag, sizeof(tag));
	}
	return at;
}

uint32_t adj_rewrite(struct adj_table *t, const struct iface *iface, const struct mac_addr *mac,
		     uint16_t ether_type)
{
	uint32_t index = adj_new(t, ADJ_REWRITE, iface);
	struct adj *adj = &t->adjs[index];
	rte_be16_t type = rte_cpu_to_be_16(ether_type);
	uint8_t *at = adj->l2 + sizeof(adj->l2);

	if (!index)
		return 0;
	adj->mtu_out = adj->mtu;
	at = memcpy(at - sizeof(type), &type, sizeof(type));
	adj->insert = inserts(iface);
	if (adj->insert)
		adj->insert_vid = iface->vid;
	else
		at = put_tags(at, iface);
	at = memcpy(at - sizeof(iface->mac), &iface->mac, sizeof(iface->mac));
	at = memcpy(at - sizeof(*mac), mac, sizeof(*mac));
	adj->l2_len = (uint8_t)(adj->l2 + sizeof(adj->l2) - at);
	return index;
}

uint32_t adj_glean(struct adj_table *t, const struct iface *iface)
{
	return adj_new(t, ADJ_GLEAN, iface);
}

bool adj_take_used(struct adj_table *t, uint32_t index)
{
	uint8_t *used = &t->adjs[index].used;

	if (!__atomic_load_n(used, __ATOMIC_RELAXED))
		return false;
	__atomic_store_n(used, 0, __ATOMIC_RELAXED);
	return true;
}

static void put_back(void *ctx, uint64_t index)
{
	struct adj_table *t = ctx;

	t->leaving--;
	t->free[t->n_free++] = index;
}

void adj_free(struct adj_table *t, uint32_t index)
{
	if (index < ADJ_INDEX_FIXED)
		return;
	t->leaving++;
	rcu_defer(t->rcu, put_back, t, index);
}

uint32_t adj_room(const struct adj_table *t)
{
	return t->n_free + t->leaving;
}

void adj_usage(const struct adj_table *t, struct usage *usage)
{
	*usage = (struct usage){.used = t->max - ADJ_INDEX_FIXED - t->n_free,
				.max = t->max - ADJ_INDEX_FIXED,
				.refused = t->refused};
}

const char *adj_kind_name(enum adj_kind kind)
{
	static const char *const names[ADJ_KIND_MAX] = {
		[ADJ_REWRITE] = "rewrite",   [ADJ_GLEAN] = "glean",
		[ADJ_LOCAL] = "local",       [ADJ_BLACKHOLE] = "blackhole",
		[ADJ_NO_ROUTE] = "no_route", [ADJ_UNREACHABLE] = "unreachable",
		[ADJ_PROHIBIT] = "prohibit", [ADJ_KERNEL] = "kernel",
	};

	return names[kind];
}
