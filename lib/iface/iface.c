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
	t->max = max + 1;
	t->ifaces = calloc(t->max, sizeof(*t->ifaces));
	t->fwd = region_create(&t->mem, t->max * sizeof(*t->fwd), numa_node);
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
	while (t->n)
		if (t->ifaces[t->n - 1])
			iface_free(t, t->ifaces[t->n - 1]);
		else
			t->n--;
	region_fini(&t->mem);
	free(t->ifaces);
	free(t);
}

struct iface *iface_new(struct iface_table *t, const char *name, enum iface_kind kind,
			uint16_t port, const struct mac_addr *mac, uint16_t mtu, struct error *err)
{
	struct ip_prefix link_local = {.addr = ip6_link_local(mac), .len = 64};
	struct iface *iface;
	struct iface_fwd *fwd;
	uint16_t id = IFACE_NONE + 1;

	if (iface_by_name(t, name)) {
		error_set(err, -EEXIST, "the name '%s' is used twice", name);
		return NULL;
	}
	while (id < t->n && t->ifaces[id])
		id++;
	if (id == t->max) {
		error_set(err, -ENOSPC, "interface %s: there are %u already, no more fit", name,
			  t->max - 1);
		return NULL;
	}
	iface = calloc(1, sizeof(*iface));
	if (!iface || iface_addr_add(iface, &link_local)) {
		free(iface);
		error_set(err, -ENOMEM, "interface %s: out of memory", name);
		return NULL;
	}
	strncpy(iface->name, name, sizeof(iface->name) - 1);
	iface->id = id;
	iface->port = port;
	iface->mac = *mac;
	iface->mtu = mtu;
	iface->kind = kind;
	fwd = &t->fwd[id];
	*fwd = (struct iface_fwd){.kind = (uint8_t)kind & 15};
	__atomic_store_n(&fwd->port, port, __ATOMIC_RELAXED);
	iface_set_mac(t, iface, mac);
	iface_set_link_local(t, iface, &link_local.addr);
	t->ifaces[id] = iface;
	t->n = RTE_MAX(t->n, id + 1u);
	return iface;
}

struct iface *iface_add(struct iface_table *t, const char *name, uint16_t port,
			const struct mac_addr *mac, uint16_t mtu, struct error *err)
{
	struct iface *iface = iface_new(t, name, IFACE_PORT, port, mac, mtu, err);

	if (iface)
		iface_set_up(t, iface, true);
	return iface;
}

void iface_del(struct iface_table *t, struct iface *iface)
{
	iface->gone = true;
	iface_set_up(t, iface, false);
	iface->parent = NULL;
	__atomic_store_n(&t->fwd[iface->id].port, IFACE_PORT_NONE, __ATOMIC_RELAXED);
}

void iface_free(struct iface_table *t, struct iface *iface)
{
	t->ifaces[iface->id] = NULL;
	while (t->n && !t->ifaces[t->n - 1])
		t->n--;
	free((void *)(uintptr_t)t->fwd[iface->id].vlans);
	t->fwd[iface->id].vlans = NULL;
	free(iface->addrs);
	free(iface);
}

struct iface *iface_next(const struct iface_table *t, const struct iface *after)
{
	for (unsigned i = after ? after->id + 1u : IFACE_NONE + 1; i < t->n; i++)
		if (t->ifaces[i] && !t->ifaces[i]->gone)
			return t->ifaces[i];
	return NULL;
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

bool iface_is_up(const struct iface *iface)
{
	while (iface && iface->up)
		iface = iface->parent;
	return !iface;
}

const struct iface *iface_root(const struct iface *iface)
{
	while (iface->parent)
		iface = iface->parent;
	return iface;
}

bool iface_is_on(const struct iface *iface, const struct iface *below)
{
	while (iface && iface != below)
		iface = iface->parent;
	return iface;
}

void iface_set_up(struct iface_table *t, struct iface *iface, bool up)
{
	iface->up = up;
	for (unsigned i = 0; i < t->n; i++)
		if (t->ifaces[i] && iface_is_on(t->ifaces[i], iface))
			__atomic_store_n(&t->fwd[i].up, iface_is_up(t->ifaces[i]),
					 __ATOMIC_RELAXED);
}

void iface_fwd_flag(struct iface_fwd *fwd, uint8_t flag, bool set)
{
	uint8_t flags = iface_fwd_flags(fwd);

	__atomic_store_n(&fwd->flags, set ? flags | flag : flags & ~flag, __ATOMIC_RELAXED);
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
	struct iface *iface = NULL;

	while ((iface = iface_next(t, iface)))
		if (!strcmp(iface->name, name))
			break;
	return iface;
}

struct iface *iface_named(const struct iface_table *t, const char *name, struct error *err)
{
	struct iface *iface = iface_by_name(t, name);

	if (!iface)
		error_set(err, -ENODEV, "there is no port '%s'", name);
	return iface;
}

const char *iface_netdev(const struct iface_table *t, const char *name)
{
	const struct iface *iface = iface_by_name(t, name);

	return iface && *iface->mirror ? iface->mirror : name;
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
	struct iface *iface = NULL;

	while ((iface = iface_next(t, iface)))
		if (find_addr(iface, addr))
			break;
	return iface;
}
