/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The slow path of `control: linux`: a thread of its own that moves packets between the workers and
 * the mirrors, the TAP netdevs that stand for the ports in Linux.
 *
 *     worker --(punt ring)--> mirror thread --write()--> TAP of the port it came in by --> Linux
 *     worker <-(inject ring)- mirror thread <--read()--- TAP of the port it leaves by  <-- Linux
 *
 * Order is kept within a port and direction. Both ways copy: COPY_tap_write and COPY_tap_read of
 * the copy ledger. What does not get through is dropped with a counted reason (mirror_down,
 * mirror_full, mirror_mbufs, inject_full).
 *
 * The thread sleeps on the TAPs, and looks at the punt rings at least every millisecond, more often
 * while packets come, so that workers make no system calls to wake it. After some ms without
 * packets it sleeps until one comes: then the worker that punts the first one rings its doorbell.
 * The mbufs of what it injects come from a pool of its own, so that it never stands between a
 * worker and its mbufs.
 */
#ifndef SLUICE_MIRROR_H
#define SLUICE_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct mirror_set;
struct rte_mempool;
struct worker_set;
struct worker_stats;

/* Counted by the thread, read by any. */
struct mirror_stats {
	uint64_t punted_packets; /* taken by Linux */
	uint64_t punted_bytes;
	uint64_t punted_dropped;   /* not taken: down, or no room */
	uint64_t injected_packets; /* from Linux, handed to a worker */
	uint64_t injected_bytes;
	uint64_t injected_dropped; /* no mbufs, or no room in the worker's ring */
};

/* Context of all: control thread.
 * max_frame: bytes of the largest frame that a port sends, Ethernet header included. mbuf_size:
 * data room of the ports' mbufs, headroom included, 0 for the default: the ports can send what is
 * chained when a frame does not fit into one of these. When the ports are set up: their transmit
 * rings count for the size of the pool. NULL and err. */
struct mirror_set *mirror_set_create(struct worker_set *workers, unsigned n_ifaces,
				     unsigned max_frame, unsigned mbuf_size, int numa_node,
				     struct error *err);
/* The ports, or their MTU, have changed: the same again, at any time. When there has to be another
 * pool, *old is the one before, which nothing is allocated from any more: the caller's to free when
 * all its mbufs are back. NULL: none. 0 or -errno and err: nothing has changed. */
int mirror_set_fit(struct mirror_set *set, unsigned max_frame, unsigned mbuf_size,
		   struct rte_mempool **old, struct error *err);
/* When the thread has stopped, and after worker_set_destroy() and the closing of the ports: their
 * rings hold mbufs of its pool. The TAPs' file descriptors are not closed. NULL is allowed. */
void mirror_set_destroy(struct mirror_set *set);

/* The interface's TAP is fd (of tap.h) from now on; -1: it has none, its packets are dropped as
 * mirror_down. At any time, also while the thread runs; when it returns, the thread does not use
 * the one before any more. A TAP that is deleted in Linux is as if it were -1. 0 or -errno. */
int mirror_set_fd(struct mirror_set *set, uint16_t iface, int fd);

int mirror_start(struct mirror_set *set, struct error *err);
void mirror_stop(struct mirror_set *set);

/* Return when everything that the workers had punted before the call is with Linux, and everything
 * that Linux had sent before, or forwarded of that, is in the workers' rings; at the latest after
 * timeout_us. */
void mirror_flush(struct mirror_set *set, unsigned timeout_us);

/* Since the last clear of the workers' counters. */
void mirror_stats(const struct mirror_set *set, uint16_t iface, struct mirror_stats *out);

/* From now on they begin at zero: another interface has the id. */
void mirror_clear(struct mirror_set *set, uint16_t iface);

#endif
