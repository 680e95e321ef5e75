/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Changes of an mbuf chain that the headers of a packet need. The payload stays where it is.
 * Context: worker (the owner of the packet). Which bytes are written is said below: those must not
 * be shared (replicate.h).
 */
#ifndef SLUICE_PACKET_H
#define SLUICE_PACKET_H

#include <rte_ether.h>
#include <rte_mbuf.h>

/* What the first segment must hold at least, of a packet that has as much: Ethernet with two tags,
 * the longest IPv4 header, the ports of layer 4. */
#define PACKET_HEADERS_LEN 96

/*
 * The shortest frame, without its FCS (IEEE 802.3 3.2.8, 4.4.2), with tags or without: one that is
 * as short with a tag is too short without it, and who takes the tag off has to pad (IEEE
 * 802.1Q-2005 C.4.4.3). DPDK promises nothing for frames that are too short. Many NICs pad (ixgbe);
 * some drivers append to the mbuf, even if it is shared (hns3; bnxt, and to 52 bytes only);
 * net_pcap, af_packet, tap and virtio hand on what they get, and it is dropped further on.
 */
#define PACKET_FRAME_MIN (RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN)

/* Make the first segment hold at least len bytes (at most pkt_len) by moving bytes up from the
 * segments behind it; those that become empty are freed. Returns the bytes copied (0: it held them
 * already), or -ENOSPC when the first segment has no room (the packet is then unchanged). Writes
 * behind the bytes of the first segment, which must not be shared; the others may be. */
int packet_pull_up(struct rte_mbuf *pkt, uint16_t len);

/* Cut the packet to its first len bytes; segments behind them are freed. Writes no bytes: any of
 * them may be shared. */
void packet_trim(struct rte_mbuf *pkt, uint32_t len);

/* Make the packet len bytes long (it has less) by zeroes behind it. Returns how many; 0: it is not
 * in the first segment, or that has no room, and the packet is unchanged. Writes behind the bytes
 * of the first segment, which must not be shared. */
uint32_t packet_pad(struct rte_mbuf *pkt, uint32_t len);

#endif
