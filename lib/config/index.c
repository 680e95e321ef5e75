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
		    const struct config_port *port)
{
	size_t number =
		port && ip_addr_is_link_local6(addr) ? (size_t)(port - idx->cfg->ports) + 1 : 0;

	a->addr = *addr;
	a->scope[0] = (uint8_t)(number >> 8);
	a->scope[1] = (uint8_t)number;
}

static void add(struct index *idx, size_t *n, const struct ip_prefix *addr,
		const struct config_port *port)
{
	struct index_address *a = &idx->addresses[(*n)++];

	set_key(idx, a, &addr->addr, port);
	a->subnet = *addr;
	ip_prefix_mask(&a->subnet);
	idx->lengths[a->subnet.len] = true;
	a->given = addr;
	a->port = port;
}

/* Those of the file, and the link-local ones as far as the file tells them. Returns how many. */
static size_t collect(struct index *idx)
{
	size_t n = 0;

	for (unsigned i = 0; i < idx->cfg->n_ports; i++) {
		const struct config_port *port = &idx->cfg->ports[i];
		struct ip_prefix link_local = {.addr = ip6_link_local(&port->mac), .len = 64};

		for (unsigned j = 0; j < port->n_addresses; j++)
			add(idx, &n, &port->addresses[j], port);
		if (!port->has_mac)
			continue;
		add(idx, &n, &link_local, port);
		idx->addresses[n - 1].given = NULL;
	}
	return n;
}

int index_build(struct index *idx, const struct config *cfg)
{
	size_t n = 0, stride = sizeof(*idx->addresses);

	*idx = (struct index){.cfg = cfg};
	for (unsigned i = 0; i < cfg->n_ports; i++)
		n += cfg->ports[i].n_addresses + 1;
	idx->addresses = calloc(n, stride);
	if (!idx->addresses)
		return -ENOMEM;
	n = collect(idx);
	if (keyset_build(&idx->names, cfg->ports->name, sizeof(*cfg->ports), cfg->n_ports,
			 CONFIG_NAME_LEN) ||
	    keyset_build(&idx->own, &idx->addresses->addr, stride, n, OWN_LEN) ||
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
	idx->addresses = NULL;
}

/* The struct around a member that a keyset found. */
static const void *around(const void *member, size_t offset)
{
	return member ? (const char *)member - offset : NULL;
}

const struct config_port *index_port(const struct index *idx, const char *name)
{
	return around(keyset_find(&idx->names, name), offsetof(struct config_port, name));
}

const struct index_address *index_own(const struct index *idx, const struct ip_addr *addr,
				      const struct config_port *port)
{
	struct index_address key;

	set_key(idx, &key, addr, port);
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
