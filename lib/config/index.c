/* SPDX-License-Identifier: BSD-3-Clause */
#include "index.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OWN_LEN (offsetof(struct index_address, scope) + sizeof(((struct index_address *)0)->scope))

static_assert(OWN_LEN == sizeof(struct ip_addr) + 2, "a key has no padding");
static_assert(sizeof(struct ip_prefix) == 18, "a key has no padding");

static void set_key(const struct index *idx, struct index_address *a, const struct ip_addr *addr,
		    const struct index_l3 *l3)
{
	size_t number = l3 && ip_addr_is_link_local6(addr) ? (size_t)(l3 - idx->l3s) + 1 : 0;

	a->addr = *addr;
	a->scope[0] = (uint8_t)(number >> 8);
	a->scope[1] = (uint8_t)number;
}

static void add(struct index *idx, size_t *n, const struct ip_prefix *addr,
		const struct index_l3 *l3)
{
	struct index_address *a = &idx->addresses[(*n)++];

	set_key(idx, a, &addr->addr, l3);
	a->subnet = *addr;
	ip_prefix_mask(&a->subnet);
	idx->lengths[a->subnet.len] = true;
	a->given = addr;
	a->l3 = l3;
}

/* What its MAC address is taken from, where it has none of its own. */
static const struct index_l3 *model(const struct index *idx, const struct index_l3 *l3)
{
	if (l3->interface)
		return index_named(idx, l3->interface->parent);
	if (l3->bridge && l3->bridge->n_members)
		return index_named(idx, l3->bridge->members->port);
	return NULL;
}

/* The MAC address as far as the file tells it; NULL: it does not. An interface with two tags on a
 * member of a bridge is the longest way; circles are refused elsewhere. */
const struct mac_addr *index_mac(const struct index *idx, const struct index_l3 *l3)
{
	for (int steps = 0; l3 && steps < 4; steps++) {
		if (l3->l3.mac)
			return l3->l3.mac;
		l3 = model(idx, l3);
	}
	return NULL;
}

/* Those of the file, and the link-local ones as far as the file tells them. Returns how many. */
static size_t collect(struct index *idx)
{
	size_t n = 0;

	for (unsigned i = 0; i < idx->n_l3s; i++) {
		const struct index_l3 *l3 = &idx->l3s[i];
		const struct mac_addr *mac = index_mac(idx, l3);
		struct ip_prefix link_local = {.len = 64};

		for (unsigned j = 0; j < l3->l3.n_addresses; j++)
			add(idx, &n, &l3->l3.addresses[j], l3);
		if (!mac || l3->of)
			continue;
		link_local.addr = ip6_link_local(mac);
		add(idx, &n, &link_local, l3);
		idx->addresses[n - 1].given = NULL;
	}
	return n;
}

static void fill(struct index *idx)
{
	const struct config *cfg = idx->cfg;

	for (unsigned i = 0; i < idx->n_l3s; i++) {
		struct index_l3 *l3 = &idx->l3s[i];
		unsigned n = i;

		l3->l3 = config_l3(cfg, i);
		memcpy(l3->key, l3->l3.name, sizeof(l3->key));
		if (n < cfg->n_ports)
			l3->port = &cfg->ports[n];
		else if ((n -= cfg->n_ports) < cfg->n_interfaces)
			l3->interface = &cfg->interfaces[n];
		else
			l3->bridge = &cfg->bridges[n - cfg->n_interfaces];
	}
}

/* Of a name in two bridges the first has it; a check refuses the second. */
static void mark_members(struct index *idx)
{
	for (unsigned i = 0; i < idx->cfg->n_bridges; i++) {
		const struct config_bridge *bridge = &idx->cfg->bridges[i];

		for (unsigned j = 0; j < bridge->n_members; j++) {
			const struct index_l3 *l3 = index_named(idx, bridge->members[j].port);

			if (l3 && !l3->of)
				idx->l3s[l3 - idx->l3s].of = bridge;
		}
	}
}

int index_build(struct index *idx, const struct config *cfg)
{
	size_t n = 0, stride = sizeof(*idx->addresses);

	*idx = (struct index){.cfg = cfg, .n_l3s = config_l3_count(cfg)};
	idx->l3s = calloc(idx->n_l3s, sizeof(*idx->l3s));
	if (!idx->l3s)
		return -ENOMEM;
	fill(idx);
	for (unsigned i = 0; i < idx->n_l3s; i++)
		n += idx->l3s[i].l3.n_addresses + 1;
	idx->addresses = calloc(n, stride);
	if (!idx->addresses || keyset_build(&idx->names, idx->l3s->key, sizeof(*idx->l3s),
					    idx->n_l3s, CONFIG_NAME_LEN))
		return -ENOMEM;
	mark_members(idx);
	n = collect(idx);
	if (keyset_build(&idx->own, &idx->addresses->addr, stride, n, OWN_LEN) ||
	    keyset_build(&idx->subnets, &idx->addresses->subnet, stride, n,
			 sizeof(struct ip_prefix)))
		return -ENOMEM;
	return 0;
}

void index_free(struct index *idx)
{
	keyset_free(&idx->names);
	keyset_free(&idx->own);
	keyset_free(&idx->subnets);
	free(idx->addresses);
	free(idx->l3s);
	idx->addresses = NULL;
	idx->l3s = NULL;
}

/* The struct around a member that a keyset found. */
static const void *around(const void *member, size_t offset)
{
	return member ? (const char *)member - offset : NULL;
}

const struct index_l3 *index_named(const struct index *idx, const char *name)
{
	return around(keyset_find(&idx->names, name), offsetof(struct index_l3, key));
}

const struct index_address *index_own(const struct index *idx, const struct ip_addr *addr,
				      const struct index_l3 *via)
{
	struct index_address key;

	set_key(idx, &key, addr, via);
	return around(keyset_find(&idx->own, &key.addr), offsetof(struct index_address, addr));
}

const struct index_address *index_subnet(const struct index *idx, const struct ip_addr *addr)
{
	for (unsigned len = ip_bits(addr); len > 0; len--) {
		struct ip_prefix prefix = {.addr = *addr, .len = (uint8_t)len};
		const void *found;

		if (!idx->lengths[len])
			continue;
		ip_prefix_mask(&prefix);
		found = keyset_find(&idx->subnets, &prefix);
		if (found)
			return around(found, offsetof(struct index_address, subnet));
	}
	return NULL;
}
