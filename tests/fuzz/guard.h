/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ASan for mbufs. It does not see into DPDK's memory by itself; here every byte of a pool that a
 * packet may not touch is poisoned: free mbufs wholly, and in those in use the head- and tailroom
 * of each segment.
 *
 * Some of that room is legitimately written, by five functions only. They are wrapped by the
 * linker (--wrap, see guard.c): just before one of them runs, exactly the bytes that it may fill
 * are opened, and after it what is no longer packet is closed again. So the nodes themselves never
 * see open room. ASan's memory has a grain of 8 bytes: a tail is guarded to the byte, in front of
 * data that does not begin at a multiple of 8 up to 7 bytes stay open.
 */
#ifndef SLUICE_FUZZ_GUARD_H
#define SLUICE_FUZZ_GUARD_H

#include <rte_mbuf.h>

/* The mempool operations of guarded pools, for EAL's --mbuf-pool-ops-name. */
#define GUARD_OPS "guard"

/* From now on the pool is guarded. It must be whole: no mbuf of it is in use. */
void guard_pool(struct rte_mempool *pool);

/* Open the bytes of all segments, close what is around them, where nobody else refers to it. */
void guard_packet(const struct rte_mbuf *pkt);

#endif
