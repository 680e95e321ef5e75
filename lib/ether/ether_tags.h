/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Of the node ether_input: whose frame it is by its tags. IEEE 802.1Q 9, in the order of Linux: at
 * each tag a VLAN interface of the interface takes the frame, else its bridge does (with this tag
 * and all behind it), else a priority tag is passed over. Context: worker.
 */
#ifndef SLUICE_ETHER_TAGS_H
#define SLUICE_ETHER_TAGS_H

#include <rte_ether.h>

#include "iface_vlans.h"
#include "node.h"

#define TAGS_L2_MAX (RTE_ETHER_HDR_LEN + IFACE_TAGS_MAX * RTE_VLAN_HLEN)

enum tags_end { TAGS_L3, TAGS_BRIDGE, TAGS_DROP };

static inline rte_be16_t tags_word(const uint8_t *at)
{
	rte_be16_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* What is wrong with the tags of a frame that nobody has taken: as for tags_follow(). */
static __rte_cold enum drop_reason tags_fault(const uint8_t *frame, uint32_t len)
{
	rte_be16_t type, outer = 0;
	unsigned n = 0;

	for (uint32_t at = 2 * RTE_ETHER_ADDR_LEN;; at += RTE_VLAN_HLEN, n++) {
		uint16_t vid;

		type = tags_word(frame + at);
		if (!vlan_is_tpid(type))
			return DROP_vlan_unknown;
		if (len < at + RTE_VLAN_HLEN + sizeof(type))
			return DROP_vlan_short;
		if (n == IFACE_TAGS_MAX)
			return DROP_vlan_depth;
		if (type == RTE_BE16(VLAN_TPID_8021AD) && outer == RTE_BE16(VLAN_TPID_8021Q))
			return DROP_vlan_order;
		vid = rte_be_to_cpu_16(tags_word(frame + at + 2)) & VLAN_VID_MASK;
		if (vid == VLAN_VID_RESERVED)
			return DROP_vlan_reserved;
		outer = vid == VLAN_VID_PRIORITY ? outer : type;
	}
}

/* The interface of a tag on another; IFACE_NONE. */
static inline uint16_t tags_lookup(const struct iface_fwd *fwd, const uint8_t *tag)
{
	uint16_t vid = rte_be_to_cpu_16(tags_word(tag + 2)) & VLAN_VID_MASK;

	return vid ? iface_fwd_vlan(fwd, tags_word(tag), vid) : IFACE_NONE;
}

/*
 * Follow the tags from the interface and the l2_len of *meta on (which ends at the first EtherType
 * that is still to be looked at), to the last interface that takes the frame. frame: of len bytes,
 * an Ethernet header at least; PACKET_HEADERS_LEN of them, or all, are in a row. On TAGS_DROP
 * meta->value is the reason.
 */
static inline enum tags_end tags_follow(const struct worker *w, const uint8_t *frame, uint32_t len,
					struct pkt_meta *meta)
{
	for (;;) {
		const struct iface_fwd *fwd = &w->ifaces[meta->iface];
		const uint8_t *tag = frame + meta->l2_len - sizeof(rte_be16_t);
		bool tagged = vlan_is_tpid(tags_word(tag));
		bool whole =
			len >= meta->l2_len + (uint32_t)RTE_VLAN_HLEN && meta->l2_len < TAGS_L2_MAX;
		uint16_t next = IFACE_NONE;

		if (unlikely(!iface_fwd_is_up(fwd))) {
			meta->value = DROP_iface_down;
			return TAGS_DROP;
		}
		if (tagged && whole)
			next = tags_lookup(fwd, tag);
		if (next == IFACE_NONE && iface_fwd_flags(fwd) & IFACE_FWD_MEMBER)
			return TAGS_BRIDGE;
		if (!tagged)
			return TAGS_L3;
		/* A VID that nobody has; 0 is as if the tag were not there. */
		if (next == IFACE_NONE &&
		    (!whole || tags_word(tag + 2) & RTE_BE16(VLAN_VID_MASK))) {
			meta->value = tags_fault(frame, len);
			return TAGS_DROP;
		}
		meta->iface = next == IFACE_NONE ? meta->iface : next;
		meta->l2_len += RTE_VLAN_HLEN;
		meta->flags |= PKT_TAGGED;
	}
}

#endif
