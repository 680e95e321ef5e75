/* SPDX-License-Identifier: BSD-3-Clause */
#include "pipeline_check.h"

#include <string.h>

#define MACS     12
#define ETH      14
#define SHORTEST 60
#define TAGS_MAX 2

static bool is_tag(unsigned type)
{
	return type == 0x8100 || type == 0x88a8;
}

static unsigned be16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static uint8_t put_tag(uint8_t *at, unsigned tpid, unsigned vid)
{
	const uint8_t tag[] = {(uint8_t)(tpid >> 8), (uint8_t)tpid, (uint8_t)(vid >> 8),
			       (uint8_t)vid};

	memcpy(at, tag, sizeof(tag));
	return sizeof(tag);
}

uint8_t iface_tags(const struct iface *iface, uint8_t priority, uint8_t tags[8])
{
	const struct iface *stack[2];
	uint8_t len = 0;
	int n = 0;

	for (; iface->parent; iface = iface->parent)
		stack[n++] = iface;
	while (n--)
		len += put_tag(tags + len, stack[n]->tpid, stack[n]->vid);
	if (len)
		tags[2] |= priority;
	return len;
}

uint32_t padded_len(uint32_t len, unsigned n_tags, unsigned had)
{
	return n_tags < had ? RTE_MAX(len, (uint32_t)SHORTEST) : len;
}

const struct iface *vlan_of(const struct pipeline *p, uint16_t parent, unsigned tpid, unsigned vid)
{
	const struct iface *iface = NULL;

	while ((iface = iface_next(p->r.ifaces, iface)))
		if (iface->parent && iface->parent->id == parent && iface->tpid == tpid &&
		    iface->vid == vid)
			break;
	return iface;
}

static unsigned tpid_of(const struct bridge *b)
{
	return bridge_conf(b)->tpid ? bridge_conf(b)->tpid : 0x8100;
}

static bool has_bit(const uint64_t *words, unsigned vid)
{
	return words[vid / 64] >> vid % 64 & 1;
}

static bool is_in_vlan(const struct bridged *f, const struct iface *iface, bool *untagged)
{
	const struct bridge_vlans *vlans;
	uint16_t pvid;

	*untagged = true;
	if (!f->vid)
		return true;
	if (!bridge_vlans_of(f->b, iface, &vlans, &pvid))
		return false;
	*untagged = has_bit(vlans->untagged, f->vid);
	return has_bit(vlans->member, f->vid);
}

bool bridge_enter(struct bridged *f)
{
	const struct bridge_vlans *vlans;
	const uint8_t *bytes = f->bytes;
	uint32_t len = f->len;
	bool tagged, untagged;
	uint16_t pvid = 0;

	f->vid = 0;
	f->priority = is_tag(be16(bytes + MACS)) && len > MACS + 2 ? bytes[MACS + 2] & 0xf0 : 0;
	if (!bridge_conf(f->b)->vlan_aware)
		return true;
	bridge_vlans_of(f->b, f->in, &vlans, &pvid);
	tagged = be16(bytes + MACS + f->skip) == tpid_of(f->b);
	if (tagged && len < MACS + f->skip + 6u)
		return false;
	if (tagged)
		f->vid = be16(bytes + MACS + f->skip + 2) & 0xfff;
	f->skip += tagged ? 4 : 0;
	if (!f->vid)
		f->vid = pvid;
	return f->vid && f->vid < 4095 && is_in_vlan(f, f->in, &untagged);
}

static bool may_pass(const struct pipeline *p, const struct bridged *f, const struct iface *out)
{
	const struct bridge_member_conf *to = bridge_member_conf(p->r.bridges, out), *from;

	if (f->in == bridge_iface(f->b))
		return true;
	from = bridge_member_conf(p->r.bridges, f->in);
	return f->in != out && !(from->flags & to->flags & BRIDGE_ISOLATED);
}

/* The MTU of an interface bounds what is behind the header of a frame as it leaves by it. The
 * header is Ethernet's and up to two tags, whether the member put them on or they came with the
 * frame. */
static bool fits(const struct bridged *f, const struct iface *out, const struct way *way)
{
	const uint8_t *type = f->bytes + MACS + f->skip;
	uint32_t header = ETH + way->n_tags;

	for (; header < ETH + 4 * TAGS_MAX && is_tag(be16(type)); type += 4)
		header += 4;
	return way->len <= header + out->mtu;
}

static void add_way(const struct pipeline *p, const struct bridged *f, const struct iface *out,
		    struct ways *ways)
{
	struct way *way = &ways->way[ways->n];
	bool untagged;

	if (!may_pass(p, f, out) || !is_in_vlan(f, out, &untagged))
		return;
	*way = (struct way){.port = out->port};
	way->n_tags = iface_tags(out, 0, way->tags);
	if (!untagged)
		way->n_tags += put_tag(way->tags + way->n_tags, tpid_of(f->b), f->vid);
	if (way->n_tags)
		way->tags[2] |= f->priority;
	way->len = padded_len(f->len - f->skip + way->n_tags, way->n_tags, f->skip);
	if (fits(f, out, way))
		ways->n++;
	else
		ways->large++;
}

bool is_to_member(const struct bridged *f)
{
	return f->in != bridge_iface(f->b) && !memcmp(f->bytes, f->in->mac.bytes, 6);
}

bool bridge_leave(const struct pipeline *p, const struct bridged *f, struct ways *ways)
{
	static const uint8_t all[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const struct iface *own = bridge_iface(f->b), *out = NULL;
	uint8_t kind = BRIDGE_FLOOD;
	struct bridge_entry entry;
	struct mac_addr mac;
	bool untagged;

	ways->n = ways->large = 0;
	memcpy(mac.bytes, f->bytes, 6);
	if (mac.bytes[0] & 1)
		kind = memcmp(mac.bytes, all, 6) ? BRIDGE_MCAST_FLOOD : BRIDGE_BCAST_FLOOD;
	if (is_to_member(f) && is_in_vlan(f, own, &untagged))
		return true;
	if (kind == BRIDGE_FLOOD && bridge_fdb_get(p->r.bridges, f->b, &mac, f->vid, &entry)) {
		if (entry.iface != own)
			add_way(p, f, entry.iface, ways);
		return entry.iface == own && f->in != own;
	}
	while ((out = bridge_member_next(f->b, out)))
		if (bridge_member_conf(p->r.bridges, out)->flags & kind)
			add_way(p, f, out, ways);
	return kind != BRIDGE_FLOOD && f->in != own && is_in_vlan(f, own, &untagged);
}

const struct iface *bridge_l3(const struct pipeline *p, const struct bridged *f)
{
	const struct iface *own = bridge_iface(f->b);
	bool untagged;

	if (!is_in_vlan(f, own, &untagged))
		return NULL;
	return untagged ? own : vlan_of(p, own->id, tpid_of(f->b), f->vid);
}
