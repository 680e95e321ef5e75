/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "bridge_own.h"
#include "rcu.h"

static size_t vlans_size(unsigned n)
{
	return (n + 1) * sizeof(struct bridge_vlans) + BRIDGE_VIDS * sizeof(uint16_t);
}

static size_t head_size(unsigned n)
{
	return sizeof(struct bridge_fwd) + n * sizeof(struct bridge_member);
}

struct bridge_fwd *snapshot_new(unsigned n, bool vlan_aware)
{
	size_t size = head_size(n) + (vlan_aware ? vlans_size(n) : 0);
	struct bridge_fwd *fwd = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_CACHE_LINE_ROUNDUP(size));

	if (fwd)
		memset(fwd, 0, size);
	return fwd;
}

/* It forwards nothing where there is no room for the tag of the bridge's VLAN. */
static uint8_t state_of(const struct bridge_table *t, const struct bridge_port *port,
			const struct bridge_fwd *fwd)
{
	if (!port->running || (fwd->vlan_aware && !bridge_has_room_for_tag(t, port->iface)))
		return BRIDGE_DISABLED;
	return port->conf.state;
}

static void fill_member(const struct bridge_table *t, const struct bridge_port *port,
			const struct bridge_fwd *fwd, struct bridge_vlans *vlans,
			struct bridge_member *m)
{
	const struct iface_fwd *iface = &t->r->ifaces->fwd[port->iface->id];

	*m = (struct bridge_member){
		.bridge = fwd,
		.vlans = fwd->vlan_aware ? vlans : NULL,
		.iface = port->iface->id,
		.port = port->iface->port,
		.pvid = port->pvid,
		.state = state_of(t, port, fwd),
		.flags = port->conf.flags,
		.n_tags = iface->n_tags,
		.mtu = port->iface->mtu,
		.plain = !fwd->vlan_aware && port->iface->kind == IFACE_PORT,
	};
	memcpy(m->tags, iface->tags, sizeof(m->tags));
	if (fwd->vlan_aware)
		*vlans = port->vlans;
}

#define BPDU       0x0001 /* 01-80-C2-00-00-00 */
#define RESTRICTED 0x0007 /* BPDU, PAUSE, LACP: never by the operator's mask, as in Linux */
/* Of a customer's bridges, through which a provider's is transparent: IEEE 802.1ad, Linux's
 * BR_GROUPFWD_8021AD. */
#define CUSTOMERS 0xb801

static uint16_t forwarded_groups(const struct bridge_conf *conf)
{
	unsigned mask = conf->group_fwd & ~RESTRICTED;

	if (!conf->stp)
		mask |= BPDU; /* so that others find loops */
	if (conf->vlan_aware && conf->tpid == RTE_ETHER_TYPE_QINQ)
		mask |= CUSTOMERS;
	return (uint16_t)mask;
}

static void fill(const struct bridge_table *t, const struct bridge *b, struct bridge_fwd *fwd)
{
	struct bridge_vlans *vlans = (struct bridge_vlans *)&fwd->member[b->n_ports];
	uint16_t *fids = (uint16_t *)(vlans + b->n_ports + 1), i = 0;
	struct rte_ether_addr mac;

	memcpy(&mac, &b->iface->mac, sizeof(mac));
	fwd->own_key = fdb_key(&mac, 0);
	fwd->iface = b->iface->id;
	fwd->fid = b->fids[0];
	fwd->tpid = rte_cpu_to_be_16(b->conf.tpid);
	fwd->vlan_aware = b->conf.vlan_aware;
	fwd->in_kernel = b->conf.in_kernel;
	fwd->foreign = b->conf.foreign;
	fwd->reserved = forwarded_groups(&b->conf);
	fwd->n = (uint16_t)b->n_ports;
	if (fwd->vlan_aware) {
		memcpy(fids, b->fids, sizeof(b->fids));
		fids[0] = 0;
		fwd->fids = fids;
	}
	fill_member(t, &b->self, fwd, vlans, &fwd->self);
	for (const struct bridge_port *p = b->ports; p; p = p->next, i++) {
		fill_member(t, p, fwd, vlans + 1 + i, &fwd->member[i]);
		fwd->slot[p->iface->id] = (uint16_t)(i + 1);
	}
}

static void free_snapshot(void *ctx, uint64_t arg)
{
	free(ctx);
}

static void set_member(struct bridge_table *t, const struct iface *iface,
		       const struct bridge_member *member)
{
	struct iface_fwd *fwd = &t->r->ifaces->fwd[iface->id];
	uint8_t flags = (uint8_t)(fwd->flags & ~IFACE_FWD_MEMBER);

	/* Who sees the flag finds the member; who finds it gone has come too late. */
	__atomic_store_n(&fwd->member, member, __ATOMIC_RELEASE);
	__atomic_store_n(&fwd->flags, (uint8_t)(flags | (member ? IFACE_FWD_MEMBER : 0)),
			 __ATOMIC_RELEASE);
}

static void set_fwd(struct bridge_table *t, const struct iface *iface, const struct bridge_fwd *fwd)
{
	__atomic_store_n(&t->r->ifaces->fwd[iface->id].bridge, fwd, __ATOMIC_RELEASE);
}

void snapshot_set_vlan(struct bridge_table *t, const struct bridge *b, const struct iface *iface)
{
	set_fwd(t, iface, b->fwd);
}

/* To the bridge's own interface, and the VLAN interfaces on it. */
static void set_bridge(struct bridge_table *t, const struct bridge *b, const struct bridge_fwd *fwd)
{
	for (struct iface *iface = NULL; (iface = iface_next(t->r->ifaces, iface));)
		if (bridge_root(iface) == b->iface)
			set_fwd(t, iface, fwd);
}

void snapshot_publish(struct bridge_table *t, struct bridge *b, struct bridge_fwd *fwd)
{
	struct bridge_fwd *old = b->fwd;
	uint16_t i = 0;

	fill(t, b, fwd);
	b->fwd = fwd;
	b->stale = false;
	for (const struct bridge_port *p = b->ports; p; p = p->next)
		set_member(t, p->iface, &fwd->member[i++]);
	set_bridge(t, b, fwd);
	if (old)
		rcu_defer(t->r->rcu, free_snapshot, old, 0);
	/* At the start one follows the other, and large ones pile up. */
	rcu_reclaim(t->r->rcu);
}

void snapshot_forget_iface(struct bridge_table *t, const struct iface *iface)
{
	set_member(t, iface, NULL);
}

void snapshot_leave(struct bridge *b, const struct iface *iface)
{
	uint16_t slot = b->fwd->slot[iface->id];

	if (!slot)
		return;
	__atomic_store_n(&b->fwd->member[slot - 1].state, BRIDGE_DISABLED, __ATOMIC_RELAXED);
	__atomic_store_n(&b->fwd->slot[iface->id], 0, __ATOMIC_RELAXED);
}

void snapshot_del(struct bridge_table *t, struct bridge *b)
{
	set_bridge(t, b, NULL);
	/* Also where iface_next() does not find it any more. */
	set_fwd(t, b->iface, NULL);
	if (b->fwd)
		rcu_defer(t->r->rcu, free_snapshot, b->fwd, 0);
	b->fwd = NULL;
}
