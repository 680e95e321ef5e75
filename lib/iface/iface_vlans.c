/* SPDX-License-Identifier: BSD-3-Clause */
#include "iface_vlans.h"

#include <errno.h>
#include <stdlib.h>

#include "rcu.h"

static const char *protocol(uint16_t tpid)
{
	return tpid == VLAN_TPID_8021AD ? "802.1ad" : "802.1Q";
}

static struct iface *find(const struct iface_table *t, const struct iface *parent, uint16_t tpid,
			  uint16_t vid)
{
	struct iface *iface = NULL;

	while ((iface = iface_next(t, iface)))
		if (iface->kind == IFACE_VLAN && iface->parent == parent && iface->tpid == tpid &&
		    iface->vid == vid)
			break;
	return iface;
}

static bool is_alone(const struct iface_table *t, const struct iface *vlan)
{
	struct iface *iface = NULL;

	while ((iface = iface_next(t, iface)))
		if (iface->parent == vlan->parent && iface != vlan)
			return false;
	return true;
}

static int check_tag(const struct iface_vlan *v, struct error *err)
{
	const struct iface *parent = v->parent;

	if (v->vid < 1 || v->vid >= VLAN_VID_RESERVED)
		return error_set(err, -EINVAL, "interface %s: VLAN %u: expected 1 to 4094", v->name,
				 v->vid);
	if (v->tpid != VLAN_TPID_8021Q && v->tpid != VLAN_TPID_8021AD)
		return error_set(err, -EINVAL,
				 "interface %s: tags of type 0x%04x: expected 802.1Q or 802.1ad",
				 v->name, v->tpid);
	if (parent->kind != IFACE_VLAN)
		return 0;
	if (parent->parent->kind == IFACE_VLAN)
		return error_set(err, -EINVAL,
				 "interface %s: %s is a VLAN within a VLAN already: no frame has "
				 "more than two tags",
				 v->name, parent->name);
	if (v->tpid == VLAN_TPID_8021AD && parent->tpid == VLAN_TPID_8021Q)
		return error_set(err, -EINVAL,
				 "interface %s: an 802.1ad tag cannot stand within the 802.1Q tag "
				 "of %s",
				 v->name, parent->name);
	return 0;
}

static int check(const struct iface_table *t, const struct iface_vlan *v, struct error *err)
{
	const struct iface *other;
	int ret = check_tag(v, err);

	if (ret)
		return ret;
	other = find(t, v->parent, v->tpid, v->vid);
	if (other)
		return error_set(err, -EEXIST, "interface %s: %s has VLAN %u (%s) of %s already",
				 v->name, other->name, v->vid, protocol(v->tpid), v->parent->name);
	if (v->mtu > v->parent->mtu)
		return error_set(err, -EINVAL,
				 "interface %s: an MTU of %u is more than that of %s, %u", v->name,
				 v->mtu, v->parent->name, v->parent->mtu);
	return 0;
}

/* The table of the parent, for one more: with the first, one that nobody finds yet. NULL: no
 * memory. */
static struct iface_vlans *table_of(const struct iface_fwd *fwd)
{
	struct iface_vlans *vlans = (struct iface_vlans *)(uintptr_t)fwd->vlans;

	if (vlans)
		return vlans;
	vlans = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*vlans));
	if (vlans)
		memset(vlans, 0, sizeof(*vlans));
	return vlans;
}

static void publish(struct iface_fwd *fwd, const struct iface_vlans *vlans)
{
	if (fwd->vlans == vlans)
		return;
	__atomic_store_n(&fwd->vlans, vlans, __ATOMIC_RELEASE);
	iface_fwd_flag(fwd, IFACE_FWD_VLANS, true);
}

static void set_id(struct iface_vlans *vlans, const struct iface *iface, uint16_t id)
{
	__atomic_store_n(&vlans->ids[iface->tpid == VLAN_TPID_8021AD][iface->vid], id,
			 __ATOMIC_RELEASE);
}

/* What the workers read of it, before they can find it. */
static void fill_fwd(struct iface_table *t, const struct iface *iface)
{
	const struct iface_fwd *below = &t->fwd[iface->parent->id];
	struct iface_fwd *fwd = &t->fwd[iface->id];

	fwd->parent = iface->parent->id;
	fwd->bridge = below->bridge;
	fwd->n_tags = (uint8_t)(below->n_tags + 1) & 3;
	memcpy(fwd->tags, below->tags, sizeof(fwd->tags));
	fwd->tags[below->n_tags] = iface_tag(iface);
}

struct iface *iface_vlan_add(struct iface_table *t, const struct iface_vlan *v, struct error *err)
{
	struct iface_fwd *below = &t->fwd[v->parent->id];
	struct iface_vlans *vlans;
	struct iface *iface;

	if (check(t, v, err))
		return NULL;
	vlans = table_of(below);
	if (!vlans) {
		error_set(err, -ENOMEM, "interface %s: out of memory", v->name);
		return NULL;
	}
	iface = iface_new(t, v->name, IFACE_VLAN, v->parent->port,
			  v->has_mac ? &v->mac : &v->parent->mac, v->mtu ? v->mtu : v->parent->mtu,
			  err);
	if (!iface) {
		if (vlans != below->vlans)
			free(vlans);
		return NULL;
	}
	iface->parent = v->parent;
	iface->vid = v->vid;
	iface->tpid = v->tpid;
	iface->own_mac = v->has_mac;
	fill_fwd(t, iface);
	iface_set_up(t, iface, true);
	set_id(vlans, iface, iface->id);
	publish(below, vlans);
	return iface;
}

static void free_vlans(void *ctx, uint64_t arg)
{
	free(ctx);
}

void iface_vlan_detach(struct iface_table *t, struct rcu *rcu, struct iface *iface)
{
	struct iface_fwd *fwd = &t->fwd[iface->parent->id];
	void *vlans = (void *)(uintptr_t)fwd->vlans;

	set_id(vlans, iface, IFACE_NONE);
	if (!is_alone(t, iface))
		return;
	iface_fwd_flag(fwd, IFACE_FWD_VLANS, false);
	__atomic_store_n(&fwd->vlans, NULL, __ATOMIC_RELEASE);
	rcu_defer(rcu, free_vlans, vlans, 0);
}
