/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The VLAN interfaces of an interface by TPID and VID: what ether_input looks a tag up in, in two
 * loads. There is a table only where there are VLAN interfaces.
 *
 * Owner: the control thread writes single ids, and frees the table behind the readers; workers
 * read.
 */
#ifndef SLUICE_IFACE_VLANS_H
#define SLUICE_IFACE_VLANS_H

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "iface.h"

#define VLAN_VID_MASK     0xfff
#define VLAN_VID_PRIORITY 0      /* the tag says the priority only: IEEE 802.1Q 9.6 */
#define VLAN_VID_RESERVED 0xfff  /* of no frame, likewise */
#define VLAN_TAG_PRIORITY 0xf000 /* PCP and DEI of a TCI */

struct iface_vlans {
	uint16_t ids[2][VLAN_VID_MASK + 1]; /* atomic: of 802.1Q and 802.1ad; IFACE_NONE: none */
};

/* Of the two EtherTypes, in network order. */
static inline bool vlan_is_tpid(rte_be16_t type)
{
	return type == RTE_BE16(VLAN_TPID_8021Q) || type == RTE_BE16(VLAN_TPID_8021AD);
}

struct rcu;

/* A VLAN interface to be. */
struct iface_vlan {
	const char *name;
	struct iface *parent; /* a port, a bridge, or a VLAN interface on one of these */
	uint16_t vid;         /* 1 to 4094 */
	uint16_t tpid;        /* VLAN_TPID_8021Q or, not within such a tag, VLAN_TPID_8021AD */
	uint16_t mtu;         /* bytes of IP packet, at most the parent's; 0: as the parent's */
	bool has_mac;
	struct mac_addr mac; /* else the parent's */
};

/* Context of these: control thread. */

/* Add a VLAN interface, which is up. The next frame with its tag is its own. NULL and err:
 * nothing has changed. */
struct iface *iface_vlan_add(struct iface_table *t, const struct iface_vlan *v, struct error *err);
/* No frame finds it any more from the next burst on: before iface_del(). */
void iface_vlan_detach(struct iface_table *t, struct rcu *rcu, struct iface *iface);

/* The id of the interface that frames with this tag (vid: 0 to 4095) belong to, of those on the
 * interface; IFACE_NONE. Context: worker. */
static inline uint16_t iface_fwd_vlan(const struct iface_fwd *fwd, rte_be16_t tpid, uint16_t vid)
{
	const struct iface_vlans *vlans = __atomic_load_n(&fwd->vlans, __ATOMIC_ACQUIRE);
	bool ad = tpid == RTE_BE16(VLAN_TPID_8021AD);

	return vlans ? __atomic_load_n(&vlans->ids[ad][vid], __ATOMIC_RELAXED) : IFACE_NONE;
}

/* Put the 802.1Q tag back behind the MAC addresses which the device has taken off and told in the
 * mbuf (RTE_MBUF_F_RX_VLAN_STRIPPED). False: there is no room. Context: worker. */
static inline bool vlan_unstrip(struct rte_mbuf *pkt)
{
	const rte_be16_t tag[] = {RTE_BE16(VLAN_TPID_8021Q), rte_cpu_to_be_16(pkt->vlan_tci)};
	const uint8_t *macs = rte_pktmbuf_mtod(pkt, const uint8_t *);
	uint8_t *frame = (uint8_t *)rte_pktmbuf_prepend(pkt, sizeof(tag));

	if (unlikely(!frame))
		return false;
	memmove(frame, macs, 2 * RTE_ETHER_ADDR_LEN);
	memcpy(frame + 2 * RTE_ETHER_ADDR_LEN, tag, sizeof(tag));
	pkt->ol_flags &= ~(RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_VLAN);
	return true;
}

#endif
