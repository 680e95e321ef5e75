/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses. What makes them the router's own are the routes of the kernel's table `local`; here
 * they are kept for those who ask, and for the filter of own sources.
 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "own4.h"
#include "route_ctl.h"
#include "sync_own.h"

static struct sync_address *find(const struct sync *s, const struct nl_address *a,
				 struct sync_if_addr *key)
{
	struct sync_address *found;

	memset(key, 0, sizeof(*key));
	key->ifindex = a->ifindex;
	key->addr.addr = a->addr.addr;
	key->addr.len = a->addr.len;
	HASH_FIND(hh, s->addresses, key, sizeof(*key), found);
	return found;
}

static void filter_set(struct sync *s)
{
	uint32_t words[OWN4_WORDS] = {0};
	struct sync_address *a, *next;

	HASH_ITER (hh, s->addresses, a, next) {
		rte_be32_t addr;

		if (a->key.addr.addr.family != IP4)
			continue;
		memcpy(&addr, a->key.addr.addr.bytes, sizeof(addr));
		own4_mark(words, addr);
	}
	own4_store(route_own4(s->r->routes), words);
}

/* The one that is left, or none. */
static void set_link_local(struct sync *s, struct iface *iface)
{
	static const struct ip_addr none = {.family = IP6};
	const struct ip_addr *addr = &none;

	for (unsigned i = 0; i < iface->n_addrs; i++)
		if (ip_addr_is_link_local6(&iface->addrs[i].addr))
			addr = &iface->addrs[i].addr;
	iface_set_link_local(s->r->ifaces, iface, addr);
}

static void give(struct sync *s, struct iface *iface, const struct sync_address *a)
{
	iface_addr_add(iface, &a->key.addr);
	if (ip_addr_is_link_local6(&a->key.addr.addr))
		set_link_local(s, iface);
}

static void take_out(struct sync *s, struct sync_address *a)
{
	struct iface *iface = sync_iface(s, a->key.ifindex);

	if (iface)
		iface_addr_del(iface, &a->key.addr);
	if (iface && ip_addr_is_link_local6(&a->key.addr.addr))
		set_link_local(s, iface);
	HASH_DEL(s->addresses, a);
	free(a);
}

void sync_address_apply(struct sync *s, const struct nl_msg *msg)
{
	struct sync_if_addr key;
	struct sync_address *a = find(s, &msg->address, &key);
	struct iface *iface = sync_iface(s, key.ifindex);

	if (msg->deleted) {
		if (!a)
			return;
		take_out(s, a);
		filter_set(s);
		return;
	}
	if (a) {
		a->mark = s->mark;
		return;
	}
	a = calloc(1, sizeof(*a));
	if (a) {
		memcpy(&a->key, &key, sizeof(key));
		a->mark = s->mark;
		HASH_ADD(hh, s->addresses, key, sizeof(a->key), a);
	}
	if (!a || a->left_out) {
		free(a);
		log_warn("an address is not kept: out of memory");
		return;
	}
	if (iface)
		give(s, iface, a);
	filter_set(s);
}

void sync_address_come(struct sync *s, int ifindex)
{
	struct iface *iface = sync_iface(s, ifindex);
	struct sync_address *a, *next;

	HASH_ITER (hh, s->addresses, a, next) {
		if (a->key.ifindex == ifindex)
			give(s, iface, a);
	}
}

void sync_address_sweep(struct sync *s)
{
	struct sync_address *a, *next;
	bool swept = false;

	HASH_ITER (hh, s->addresses, a, next) {
		if (a->mark == s->mark)
			continue;
		take_out(s, a);
		swept = true;
	}
	if (swept)
		filter_set(s);
}

void sync_address_gone(struct sync *s, int ifindex)
{
	struct sync_address *a, *next;

	HASH_ITER (hh, s->addresses, a, next) {
		if (a->key.ifindex == ifindex)
			take_out(s, a);
	}
	filter_set(s);
}

void sync_address_free(struct sync *s)
{
	struct sync_address *a, *next;

	HASH_ITER (hh, s->addresses, a, next) {
		HASH_DEL(s->addresses, a);
		free(a);
	}
}

bool sync_address_stands(const struct sync *s, const struct sync_address *a)
{
	struct ip_prefix host = ip_prefix_host(&a->key.addr.addr);
	const struct route *route = route_get(s->r->routes, &host);

	return ip_addr_is_loopback(&host.addr) || ip_addr_is_link_local6(&host.addr) ||
	       (route && route->source == ROUTE_LOCAL);
}
