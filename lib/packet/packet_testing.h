/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of everything that handles mbufs share: EAL without huge pages, one pool, and
 * packets made of bytes. Context: the test's thread.
 */
#ifndef SLUICE_PACKET_TESTING_H
#define SLUICE_PACKET_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_mbuf.h>

#define TESTING_MBUFS     1023
#define TESTING_DATA_ROOM 2048 /* bytes in each mbuf, behind the headroom */

/* What stands around the bytes of a packet: as an ICMPv6 type, a neighbour solicitation. */
#define TESTING_POISON 135

/* EAL on the first CPU that is allowed, and the pool. For a group of tests. */
int testing_eal_setup(void **state);
int testing_eal_teardown(void **state);

struct rte_mempool *testing_pool(void);
struct rte_mempool *testing_small_pool(void); /* for replicate.h */

/* mbufs that are not in the pools. */
unsigned testing_mbufs_used(void);

/* A packet of these bytes, in segments of seg bytes each (0: in one). */
struct rte_mbuf *testing_packet(const void *bytes, uint32_t len, uint16_t seg);

/* The same, but with a length of its own for each of n segments; they may be 0. */
struct rte_mbuf *testing_chain(const void *bytes, const uint16_t *segs, unsigned n);

/* The chain is sound (counts and lengths agree with the segments) and holds these bytes. */
void testing_assert_bytes(const struct rte_mbuf *pkt, const void *bytes, uint32_t len);

#endif
