/* SPDX-License-Identifier: BSD-3-Clause */
#include "bridge_slow.h"

#include <rte_cycles.h>

#include "bridge_learn.h"
#include "ether_tags.h"
#include "fdb.h"
#include "punt.h"
#include "replica.h"
#include "storm.h"

#define MACS_LEN (2 * RTE_ETHER_ADDR_LEN)
/* Bytes of those of a member's VLAN interface, or of one within another, and that of the bridge's
 * VLAN. The control thread lets there be two tags at most: see bridge_set(). */
#define TAGS_ROOM ((IFACE_TAGS_MAX + 1) * RTE_VLAN_HLEN)

/* A frame on its way through a bridge: see bridge_fwd.h. */
struct frame {
	struct rte_mbuf *pkt;
	struct pkt_meta meta;
	const struct bridge_fwd *b;
	const struct bridge_member *in; /* or the bridge's own */
	uint16_t vid;                   /* 0: the bridge is not VLAN-aware */
	uint16_t fid;
	uint8_t skip;     /* bytes of tags behind the MAC addresses that do not count any more */
	uint8_t priority; /* PCP and DEI, where they stand in the upper byte of a TCI */
};

static const uint8_t *bytes_of(const struct frame *f)
{
	return rte_pktmbuf_mtod(f->pkt, const uint8_t *);
}

static const struct rte_ether_addr *dst_of(const struct frame *f)
{
	return rte_pktmbuf_mtod(f->pkt, const struct rte_ether_addr *);
}

static const struct rte_ether_addr *src_of(const struct frame *f)
{
	return dst_of(f) + 1;
}

static void refuse(struct worker *w, const struct frame *f, enum drop_reason reason)
{
	node_drop(w, f->pkt, f->meta, reason);
}

/* The VLAN of a frame in a VLAN-aware bridge: by its tag, which then does not count any more, or by
 * the member. False, and *reason: in none. */
static bool classify(struct frame *f, enum drop_reason *reason)
{
	const uint8_t *tag = bytes_of(f) + MACS_LEN + f->skip;
	uint32_t left = f->pkt->pkt_len - MACS_LEN - f->skip;
	uint16_t vid = 0;

	if (tags_word(tag) == f->b->tpid) {
		if (left < RTE_VLAN_HLEN + sizeof(rte_be16_t)) {
			*reason = DROP_vlan_short;
			return false;
		}
		vid = rte_be_to_cpu_16(tags_word(tag + 2)) & VLAN_VID_MASK;
		f->skip += RTE_VLAN_HLEN;
	}
	*reason = DROP_vlan_reserved;
	if (vid == VLAN_VID_RESERVED)
		return false;
	f->vid = vid ? vid : f->in->pvid;
	*reason = DROP_bridge_no_vlan;
	if (!f->vid)
		return false;
	*reason = DROP_bridge_vlan_ingress;
	f->fid = f->b->fids[f->vid];
	return f->fid && bridge_vlan_has(f->in->vlans->member, f->vid);
}

/* Fill in what the frame is in its bridge. */
static bool enter(struct frame *f, enum drop_reason *reason)
{
	const uint8_t *type = bytes_of(f) + MACS_LEN;

	f->priority = vlan_is_tpid(tags_word(type)) && f->pkt->pkt_len > MACS_LEN + 2
			      ? type[2] & VLAN_TAG_PRIORITY >> 8
			      : 0;
	f->fid = f->b->fid;
	return !f->b->vlan_aware || classify(f, reason);
}

static void learn(struct worker *w, const struct frame *f)
{
	uint64_t key = fdb_key(src_of(f), f->fid);

	if (fdb_seen_bulk(w->fdb, &key, &f->in->iface, 1) &&
	    learn_put(w->learn, key, f->in->iface, rte_rdtsc()))
		doorbell_ring(w->learn->bell);
}

/* The tags that the frame has when it leaves by a member. Returns how many bytes. */
static uint32_t make_tags(const struct frame *f, const struct bridge_member *out,
			  uint8_t tags[TAGS_ROOM])
{
	uint32_t n = out->n_tags * (uint32_t)RTE_VLAN_HLEN;

	memcpy(tags, out->tags, n);
	if (f->vid && !bridge_vlan_has(out->vlans->untagged, f->vid)) {
		rte_be16_t tag[2] = {f->b->tpid, rte_cpu_to_be_16(f->vid)};

		memcpy(tags + n, tag, sizeof(tag));
		n += (uint32_t)sizeof(tag);
	}
	if (n)
		tags[2] |= f->priority;
	return n;
}

/* They are those that stand there. */
static bool are_same(const struct frame *f, const uint8_t *tags, uint32_t n)
{
	return n == f->skip && !memcmp(bytes_of(f) + MACS_LEN, tags, n);
}

/* The MTU is that of what stands behind the header, of which up to two tags are a part, whoever
 * they are of. */
static bool fits(const struct frame *f, const struct bridge_member *out, uint32_t n_tags)
{
	uint32_t len = f->pkt->pkt_len - MACS_LEN - f->skip - (uint32_t)sizeof(rte_be16_t);

	return likely(len <= out->mtu) ||
	       len <= out->mtu + tags_beyond(bytes_of(f) + MACS_LEN + f->skip, n_tags);
}

/* Write other tags into a frame that nobody else has. False: there is no room. What fewer tags make
 * too short is padded where there is room. */
static bool write_tags(const struct frame *f, const uint8_t *tags, uint32_t n)
{
	struct rte_mbuf *pkt = f->pkt;
	uint8_t *old = rte_pktmbuf_mtod(pkt, uint8_t *), *start = old + f->skip - n;

	if (n > f->skip + (uint32_t)pkt->data_off)
		return false;
	memmove(start, old, MACS_LEN);
	memcpy(start + MACS_LEN, tags, n);
	pkt->data_off = (uint16_t)(pkt->data_off + f->skip - n);
	pkt->data_len = (uint16_t)(pkt->data_len - f->skip + n);
	pkt->pkt_len = pkt->pkt_len - f->skip + n;
	if (unlikely(n < f->skip && pkt->pkt_len < PACKET_FRAME_MIN))
		packet_pad(pkt, PACKET_FRAME_MIN);
	return true;
}

static void send(struct worker *w, const struct bridge_member *out, struct rte_mbuf *pkt)
{
	bridge_count_tx(w, out->iface, 1, pkt->pkt_len);
	tx_put_clone(w, out->port, pkt);
	w->in[NODE_port_tx]->n++;
}

/* n packets with these tags, which share the payload with the frame. What fewer tags make too short
 * is padded: there is no more of it than headers have, and their mbuf holds all. */
static unsigned with_tags(struct worker *w, const struct frame *f, const uint8_t *tags, uint32_t n,
			  struct rte_mbuf **copies, unsigned max)
{
	uint32_t from = MACS_LEN + f->skip, left = f->pkt->pkt_len - from, len = MACS_LEN + n;
	uint8_t hdr[PACKET_FRAME_MIN];

	_Static_assert(MACS_LEN + TAGS_ROOM <= sizeof(hdr), "the header fits");
	memcpy(hdr, bytes_of(f), MACS_LEN);
	memcpy(hdr + MACS_LEN, tags, n);
	if (unlikely(n < f->skip && len + left < sizeof(hdr))) {
		memcpy(hdr + len, bytes_of(f) + from, left);
		memset(hdr + len + left, 0, sizeof(hdr) - len - left);
		from += left;
		len = sizeof(hdr);
	}
	return node_with_header(w, f->pkt, from, hdr, (uint16_t)len, copies, max);
}

/* To one member, and nobody else. */
static void send_one(struct worker *w, struct frame *f, const struct bridge_member *out)
{
	uint8_t tags[TAGS_ROOM];
	uint32_t n = make_tags(f, out, tags);
	struct rte_mbuf *copy;

	if (!fits(f, out, n)) {
		refuse(w, f, DROP_bridge_mtu);
	} else if (are_same(f, tags, n)) {
		send(w, out, f->pkt);
	} else if (!replicate_is_shared(f->pkt)) {
		if (write_tags(f, tags, n))
			send(w, out, f->pkt);
		else
			refuse(w, f, DROP_bridge_headroom);
	} else {
		if (with_tags(w, f, tags, n, &copy, 1))
			send(w, out, copy);
		rte_pktmbuf_free(f->pkt);
	}
}

static bool is_in_vlan(const struct frame *f, const struct bridge_member *m)
{
	return !f->vid || bridge_vlan_has(m->vlans->member, f->vid);
}

/* The kind of a frame that goes to several. */
static uint8_t flood_kind(const struct rte_ether_addr *dst)
{
	if (!rte_is_multicast_ether_addr(dst))
		return BRIDGE_FLOOD;
	return rte_is_broadcast_ether_addr(dst) ? BRIDGE_BCAST_FLOOD : BRIDGE_MCAST_FLOOD;
}

/* In a bridge of Linux, from a member: the kernel's bridge gets the frame as it came in. */
static void to_kernel(struct worker *w, const struct frame *f, struct rte_mbuf *pkt, bool flooded)
{
	node_punt(w, pkt, f->meta, punt_value(PUNT_bridge, flooded, 0));
}

/* The router does not take it; what knows more of it than Sluice may. meta: with the reason. */
static void not_for_router(struct worker *w, const struct frame *f, struct rte_mbuf *pkt,
			   struct pkt_meta meta)
{
	uint8_t kind = flood_kind(dst_of(f));

	if (f->in != &f->b->self && f->b->in_kernel &&
	    (kind == BRIDGE_FLOOD ? fdb_key(dst_of(f), 0) != f->b->own_key : f->b->foreign & kind))
		to_kernel(w, f, pkt, kind != BRIDGE_FLOOD);
	else
		node_put(w, NODE_drop, pkt, meta);
}

/* For the member that it came by itself: the router is there too, as Linux is. */
static bool is_to_member(const struct worker *w, const struct frame *f)
{
	return f->in != &f->b->self && fdb_key(dst_of(f), 0) == bridge_member_key(w, f->in);
}

/* For the router: by the VLAN, and by the tags that are left, as ether_input does. */
static void to_router(struct worker *w, const struct frame *f, struct rte_mbuf *pkt)
{
	const uint8_t *frame = rte_pktmbuf_mtod(pkt, const uint8_t *);
	struct pkt_meta meta = {.iface = f->b->iface,
				.l2_len = (uint8_t)(RTE_ETHER_HDR_LEN + f->skip),
				.flags = f->skip ? PKT_TAGGED : 0};
	rte_be16_t type;
	uint64_t mac;

	if (f->vid && !bridge_vlan_has(f->b->self.vlans->untagged, f->vid)) {
		meta.iface = iface_fwd_vlan(&w->ifaces[f->b->iface], f->b->tpid, f->vid);
		if (meta.iface == IFACE_NONE) {
			meta = f->meta;
			meta.value = DROP_vlan_unknown;
			return not_for_router(w, f, pkt, meta);
		}
	}
	if (unlikely(!iface_fwd_is_up(&w->ifaces[f->b->iface])))
		return node_drop(w, pkt, f->meta, DROP_bridge_local_down);
	if (tags_follow(w, frame, pkt->pkt_len, &meta) != TAGS_L3)
		return not_for_router(w, f, pkt, meta);
	mac = iface_fwd_mac(&w->ifaces[meta.iface]);
	if (rte_is_multicast_ether_addr((const struct rte_ether_addr *)frame)) {
		meta.flags |= PKT_L2_MULTICAST;
	} else if (memcmp(frame, &mac, RTE_ETHER_ADDR_LEN) && !is_to_member(w, f)) {
		meta.value = DROP_ether_not_mine;
		return not_for_router(w, f, pkt, meta);
	}
	bridge_count_rx(w, meta.iface, 1, pkt->pkt_len);
	type = tags_word(frame + meta.l2_len - sizeof(type));
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		node_put(w, NODE_ip4_input, pkt, meta);
	else if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		node_put(w, NODE_ip6_input, pkt, meta);
	else
		node_punt(w, pkt, meta, punt_value(PUNT_ethertype, 0, 0));
}

static bool takes(const struct frame *f, const struct bridge_member *out)
{
	uint8_t tags[TAGS_ROOM];

	return fits(f, out, make_tags(f, out, tags));
}

#define FLOOD_BATCH 64

/* Members that get the frame with the same tags. */
struct batch {
	const struct bridge_member *to[FLOOD_BATCH];
	unsigned n;
	uint8_t tags[TAGS_ROOM];
	uint32_t n_tags;
};

/* All of a batch, but not the frame itself. */
static void send_batch(struct worker *w, const struct frame *f, const struct batch *batch)
{
	struct rte_mbuf *pkts[FLOOD_BATCH];
	unsigned n;

	if (!batch->n)
		return;
	if (are_same(f, batch->tags, batch->n_tags))
		n = node_clone(w, f->pkt, pkts, batch->n);
	else
		n = with_tags(w, f, batch->tags, batch->n_tags, pkts, batch->n);
	for (unsigned i = 0; i < n; i++)
		send(w, batch->to[i], pkts[i]);
}

static void add_to_batch(struct worker *w, const struct frame *f, struct batch *batch,
			 const struct bridge_member *out)
{
	uint8_t tags[TAGS_ROOM];
	uint32_t n = make_tags(f, out, tags);

	if (batch->n == FLOOD_BATCH ||
	    (batch->n && (batch->n_tags != n || memcmp(batch->tags, tags, n) != 0))) {
		send_batch(w, f, batch);
		batch->n = 0;
	}
	if (!batch->n) {
		batch->n_tags = n;
		memcpy(batch->tags, tags, n);
	}
	batch->to[batch->n++] = out;
}

static enum storm_kind storm_kind(uint8_t kind)
{
	if (kind == BRIDGE_FLOOD)
		return STORM_UNKNOWN_UNICAST;
	return kind == BRIDGE_BCAST_FLOOD ? STORM_BROADCAST : STORM_MULTICAST;
}

/* Who else gets what is flooded. */
enum up { UP_NOBODY, UP_ROUTER, UP_KERNEL };

static enum up up_of(const struct frame *f, uint8_t kind)
{
	if (f->in == &f->b->self)
		return UP_NOBODY;
	if (kind != BRIDGE_FLOOD && is_in_vlan(f, &f->b->self))
		return UP_ROUTER; /* who gives it to the kernel too */
	return f->b->foreign & kind ? UP_KERNEL : UP_NOBODY;
}

static void go_up(struct worker *w, const struct frame *f, struct rte_mbuf *pkt, enum up up)
{
	if (up == UP_ROUTER)
		to_router(w, f, pkt);
	else
		to_kernel(w, f, pkt, true);
}

/*
 * To all that the frame may go to and that take this kind (BRIDGE_..._FLOOD), and up. The last one
 * gets the frame itself.
 *
 * A clone that goes up takes the frame's place in the bursts: the frame itself goes into a transmit
 * vector then, and send_one() cannot drop it any more. It fits, as takes() was asked; and as it is
 * shared, other tags are written by with_tags(), not where a headroom may be missing.
 */
static void flood(struct worker *w, struct frame *f, uint8_t kind)
{
	enum up up = up_of(f, kind);
	const struct bridge_member *last = NULL;
	struct batch batch = {.n = 0};
	enum storm_kind storm = storm_kind(kind);
	enum drop_reason reason;
	struct rte_mbuf *clone;
	uint32_t large = 0;

	if (!storm_pass(w, f->in->port, storm, f->pkt->pkt_len))
		return refuse(w, f, storm_drop_reason(storm));
	for (uint16_t i = 0; i < f->b->n; i++) {
		const struct bridge_member *m = &f->b->member[i];

		if (!(m->flags & kind) || !bridge_may_pass(f->in, m, &reason) || !is_in_vlan(f, m))
			continue;
		if (!takes(f, m)) {
			large++;
			continue;
		}
		if (last)
			add_to_batch(w, f, &batch, last);
		last = m;
	}
	if (!last && up == UP_NOBODY)
		return refuse(w, f, large ? DROP_bridge_mtu : DROP_bridge_nobody);
	w->stats->drop[DROP_bridge_mtu] += large; /* clones that are not made */
	if (!last)
		return go_up(w, f, f->pkt, up);
	send_batch(w, f, &batch);
	if (up != UP_NOBODY && node_clone(w, f->pkt, &clone, 1))
		go_up(w, f, clone, up);
	send_one(w, f, last);
}

static void forward(struct worker *w, struct frame *f)
{
	uint64_t key = fdb_key(dst_of(f), f->fid);
	bool from_router = f->in == &f->b->self;
	const struct bridge_member *out;
	uint8_t kind = flood_kind(dst_of(f));
	enum drop_reason reason;
	uint16_t iface;

	if (kind != BRIDGE_FLOOD)
		return flood(w, f, kind);
	if (is_to_member(w, f) && is_in_vlan(f, &f->b->self))
		return to_router(w, f, f->pkt);
	fdb_lookup_bulk(w->fdb, &key, &iface, 1);
	if (iface == f->b->iface)
		return from_router ? refuse(w, f, DROP_bridge_same_port) : to_router(w, f, f->pkt);
	out = iface == FDB_MISS ? NULL : bridge_slot(f->b, iface);
	if (!out)
		return flood(w, f, kind);
	if (!bridge_may_pass(f->in, out, &reason))
		return refuse(w, f, reason);
	if (!is_in_vlan(f, out))
		return refuse(w, f, DROP_bridge_vlan_egress);
	send_one(w, f, out);
}

/* For who listens at the member itself. */
static bool stays_on_link(const struct frame *f)
{
	const struct rte_ether_addr *dst = dst_of(f);

	return ether_is_reserved(dst) && !(f->b->reserved >> dst->addr_bytes[5] & 1);
}

static bool is_own(const struct frame *f)
{
	return f->in != &f->b->self && fdb_key(src_of(f), 0) == f->b->own_key;
}

void bridge_from_member(struct worker *w, struct rte_mbuf *pkt, struct pkt_meta meta)
{
	struct frame f = {.pkt = pkt,
			  .meta = meta,
			  .in = bridge_member_of(&w->ifaces[meta.iface]),
			  .skip = (uint8_t)(meta.l2_len - RTE_ETHER_HDR_LEN)};
	enum drop_reason reason;

	if (unlikely(!f.in))
		return refuse(w, &f, DROP_bridge_gone);
	f.b = f.in->bridge;
	if (rte_is_multicast_ether_addr(src_of(&f)))
		return refuse(w, &f, DROP_bridge_src_multicast);
	if (rte_is_zero_ether_addr(src_of(&f)))
		return refuse(w, &f, DROP_bridge_src_zero);
	if (stays_on_link(&f))
		return node_punt(w, pkt, meta, punt_value(PUNT_ethertype, 0, 0));
	if (f.in->state != BRIDGE_FORWARDING && f.in->state != BRIDGE_LEARNING)
		return refuse(w, &f, DROP_bridge_state);
	if (is_own(&f))
		return refuse(w, &f, DROP_bridge_src_own);
	if (!enter(&f, &reason))
		return refuse(w, &f, reason);
	if (f.in->flags & BRIDGE_LEARN)
		learn(w, &f);
	if (f.in->state != BRIDGE_FORWARDING)
		return refuse(w, &f, DROP_bridge_state);
	forward(w, &f);
}

void bridge_from_router(struct worker *w, struct rte_mbuf *pkt, struct pkt_meta meta)
{
	struct frame f = {.pkt = pkt, .meta = meta, .b = bridge_of(&w->ifaces[meta.iface])};
	enum drop_reason reason;

	if (unlikely(!f.b))
		return refuse(w, &f, DROP_bridge_gone);
	f.in = &f.b->self;
	if (!enter(&f, &reason))
		return refuse(w, &f, reason);
	forward(w, &f);
}
