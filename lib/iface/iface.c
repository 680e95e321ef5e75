/* SPDX-License-Identifier: BSD-3-Clause */
#include "iface.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct iface_table *iface_table_create(unsigned max, int numa_node)
{
	struct iface_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->max = max;
	t->ifaces = calloc(max, sizeof(*t->ifaces));
	t->fwd = region_create(&t->mem, max * sizeof(*t->fwd), numa_node);
	if (!t->ifaces || !t->fwd) {
		iface_table_destroy(t);
		errno = ENOMEM;
		return NULL;
	}
	return t;
}

void iface_table_destroy(struct iface_table *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < t->n; i++) {
		free(t->ifaces[i]->addrs);
		free(t->ifaces[i]);
	}
	region_fini(&t->mem);
	free(t->ifaces);
	free(t);
}

struct iface *iface_add(struct iface_table *t, const char *name, uint16_t port,
			const struct mac_addr *mac, uint16_t mtu, struct error *err)
{
	struct ip_prefix link_local = {.addr = ip6_link_local(mac), .len = 64};
	struct iface *iface;

	if (iface_by_name(t, name)) {
		error_set(err, -EEXIST, "the name '%s' is used twice", name);
		return NULL;
	}
	if (t->n == t->max) {
		error_set(err, -ENOSPC, "interface %s: there are %u already, no more fit", name,
			  t->n);
		return NULL;
	}
	iface = calloc(1, sizeof(*iface));
	if (!iface || iface_addr_add(iface, &link_local)) {
		free(iface);
		error_set(err, -ENOMEM, "interface %s: out of memory", name);
		return NULL;
	}
	strncpy(iface->name, name, sizeof(iface->name) - 1);
	iface->id = t->n;
	iface->port = port;
	iface->mac = *mac;
	iface->mtu = mtu;
	iface->up = true;
	t->fwd[t->n] = (struct iface_fwd){.mac = iface_mac_word(mac), .port = port, .up = true};
	memcpy(t->fwd[t->n].link_local, link_local.addr.bytes, 16);
	t->ifaces[t->n++] = iface;
	return iface;
}

void iface_set_mac(struct iface_table *t, struct iface *iface, const struct mac_addr *mac)
{
	iface->mac = *mac;
	__atomic_store_n(&t->fwd[iface->id].mac, iface_mac_word(mac), __ATOMIC_RELAXED);
}

void iface_set_mtu(struct iface *iface, uint16_t mtu)
{
	iface->mtu = mtu; /* the workers read that of the adjacency */
}

void iface_set_up(struct iface_table *t, struct iface *iface, bool up)
{
	iface->up = up;
	__atomic_store_n(&t->fwd[iface->id].up, up, __ATOMIC_RELAXED);
}

void iface_set_link_local(struct iface_table *t, struct iface *iface, const struct ip_addr *addr)
{
	uint64_t words[2];

	memcpy(words, addr->bytes, sizeof(words));
	__atomic_store_n(&t->fwd[iface->id].link_local[0], words[0], __ATOMIC_RELAXED);
	__atomic_store_n(&t->fwd[iface->id].link_local[1], words[1], __ATOMIC_RELAXED);
}

struct iface *iface_by_name(const struct iface_table *t, const char *name)
{
	for (unsigned i = 0; i < t->n; i++)
		if (!strcmp(t->ifaces[i]->name, name))
			return t->ifaces[i];
	return NULL;
}

struct iface *iface_named(const struct iface_table *t, const char *name, struct error *err)
{
	struct iface *iface = iface_by_name(t, name);

	if (!iface)
		error_set(err, -ENODEV, "there is no port '%s'", name);
	return iface;
}

static struct ip_prefix *find_addr(const struct iface *iface, const struct ip_addr *addr)
{
	for (unsigned i = 0; i < iface->n_addrs; i++)
		if (ip_addr_equal(&iface->addrs[i].addr, addr))
			return &iface->addrs[i];
	return NULL;
}

int iface_addr_add(struct iface *iface, const struct ip_prefix *addr)
{
	struct ip_prefix *grown;

	if (find_addr(iface, &addr->addr))
		return -EEXIST;
	grown = realloc(iface->addrs, (iface->n_addrs + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	iface->addrs = grown;
	iface->addrs[iface->n_addrs++] = *addr;
	return 0;
}

int iface_addr_del(struct iface *iface, const struct ip_prefix *addr)
{
	struct ip_prefix *found = find_addr(iface, &addr->addr);

	if (!found || found->len != addr->len)
		return -ENOENT;
	iface->n_addrs--;
	memmove(found, found + 1, (size_t)(iface->addrs + iface->n_addrs - found) * sizeof(*found));
	return 0;
}

struct iface *iface_by_addr(const struct iface_table *t, const struct ip_addr *addr)
{
	for (unsigned i = 0; i < t->n; i++)
		if (find_addr(t->ifaces[i], addr))
			return t->ifaces[i];
	return NULL;
}
