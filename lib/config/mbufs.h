/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many mbufs a pool needs, and how large they are: the arithmetic of the ports' pools, without
 * DPDK, so that memory can be judged before sluiced is started. Context: any thread.
 */
#ifndef SLUICE_CONFIG_MBUFS_H
#define SLUICE_CONFIG_MBUFS_H

#include <stddef.h>

#include "tuning.h"

#define MBUFS_CACHE        512                   /* of each lcore, in front of the pool */
#define MBUFS_CACHED       (MBUFS_CACHE * 3 / 2) /* mbufs that one lcore's cache can hold */
#define MBUFS_PUNTED       8192                  /* PUNT_RING_SIZE of the data path */
#define MBUFS_INJECTED     1024                  /* INJECT_RING_SIZE, likewise */
#define MBUFS_DESCRIPTORS  1024                  /* of a queue, where nobody says another number */
#define MBUFS_ROOM         (2048 + 128) /* bytes of data room with the headroom, likewise */
#define MBUFS_SMALL_PUNTED 2048         /* clones that may wait for the slow path */
#define MBUFS_SMALL_ROOM   (128 + 128)  /* likewise, of clones and headers */

/* All that can be with the control thread and with n workers at once, of whose packets `punted`
 * each may wait for the slow path. What the queues of the ports hold comes on top. */
static inline size_t mbufs_of_lcores(unsigned n_workers, unsigned punted)
{
	return MBUFS_CACHED +
	       (size_t)n_workers * (MBUFS_CACHED + 2 * TUNING_BURST_MAX + punted + MBUFS_INJECTED);
}

/* Bytes of memory of one mbuf with so many bytes of data room: rte_mempool's head and rte_mbuf in
 * front, whole cache lines; and an odd number of these, so that mbufs begin on all memory channels
 * in turn ("Memory Alignment Constraints" of DPDK's Mempool Library; 4 channels). */
static inline size_t mbufs_bytes(size_t room)
{
	return ((64 + 128 + room + 63) / 64 | 1) * 64;
}

#endif
