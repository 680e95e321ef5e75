/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Changes of an mbuf chain that the headers of a packet need. The payload stays where it is.
 * Context: worker (the owner of the packet). The mbufs must not be shared (reference count 1).
 */
#ifndef SLUICE_PACKET_H
#define SLUICE_PACKET_H

#include <rte_mbuf.h>

/* What the first segment must hold at least, of a packet that has as much: Ethernet with two tags,
 * the longest IPv4 header, the ports of layer 4. */
#define PACKET_HEADERS_LEN 96

/* Make the first segment hold at least len bytes (at most pkt_len) by moving bytes up from the
 * segments behind it; those that become empty are freed. Returns the bytes copied (0: it held them
 * already), or -ENOSPC when the first segment has no room (the packet is then unchanged). */
int packet_pull_up(struct rte_mbuf *pkt, uint16_t len);

/* Cut the packet to its first len bytes; segments behind them are freed. */
void packet_trim(struct rte_mbuf *pkt, uint32_t len);

#endif
