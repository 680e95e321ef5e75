/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the parts of the mirror share: mirror_set.c is run by the control thread, mirror_thread.c,
 * mirror_punt.c and mirror_inject.c by the mirror thread.
 *
 * The taps are the thread's while it runs. To change one, the control thread makes it stand still
 * between two turns (mirror_hold).
 */
#ifndef SLUICE_MIRROR_PRIVATE_H
#define SLUICE_MIRROR_PRIVATE_H

#include <pthread.h>
#include <sys/epoll.h>

#include <rte_mbuf.h>

#include "mirror.h"
#include "node.h"
#include "worker_ctl.h"

#define MIRROR_BURST    64  /* of one ring, or one TAP, in one turn */
#define MIRROR_SEGS_MAX 256 /* mbufs of one frame */
/* Epoll data of the eventfd and of the doorbell; of a TAP: its interface. */
#define MIRROR_WAKE UINT32_MAX
#define MIRROR_BELL (UINT32_MAX - 1)

struct mirror_tap {
	int fd;         /* -1: none */
	unsigned due;   /* frames to read at most before the flush is complete */
	unsigned ready; /* turn in which it was, while a flush goes on */
	struct mirror_stats stats;
	struct mirror_stats cleared; /* the control thread's: what stood at the last clear */
};

enum flush_phase { FLUSH_NONE, FLUSH_RINGS, FLUSH_TAPS };

struct mirror_set {
	struct worker_set *workers;
	struct worker_stats *stats; /* workers->mirror */
	struct mirror_tap *taps;    /* by interface */
	unsigned n_ifaces;          /* length of taps */
	unsigned n_used;            /* of them have had an fd */
	unsigned max_frame;
	int numa_node;
	unsigned n_pools; /* that there ever were */
	int epoll_fd;
	int wake_fd;          /* the control thread's */
	struct doorbell bell; /* the workers', for the punt rings */

	/* Between the threads; written with the lock held, looked at without it. */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool running; /* the control thread's */
	bool stop;
	bool started;  /* the thread is in its loop, with the priority that it takes */
	bool hold;     /* the thread is to stand still */
	bool standing; /* it does */
	uint64_t flush_wanted;
	uint64_t flush_done;

	/* The thread's. */
	struct epoll_event *events; /* n_ifaces + 2 */
	enum flush_phase flush;
	uint64_t flush_target;
	unsigned *ring_due; /* by worker: as mirror_tap.due */
	unsigned turns;     /* counted from 1 */
	struct rte_mempool *pool;
	unsigned seg_room;   /* bytes of frame in one mbuf */
	unsigned frame_segs; /* mbufs for a frame, and for one byte too many */
	struct rte_mbuf *stock[MIRROR_BURST + MIRROR_SEGS_MAX]; /* mbufs to read into */
	unsigned n_stock;
	unsigned starved; /* turns in a row without mbufs */
};

/* What a turn has brought. */
struct mirror_turn {
	unsigned packets;
	bool more;    /* a source may hold more: it was left because its share was used up */
	bool starved; /* TAPs were left unread for want of mbufs */
};

/* The loop of the thread, for rte_ctrl_thread_create(). */
void *mirror_main(void *arg);
struct mirror_turn mirror_take_turn(struct mirror_set *m);
/* One burst from the punt ring of a worker to the TAPs. */
void mirror_punt(struct mirror_set *m, unsigned worker, struct mirror_turn *turn);
/* One burst from the TAP, which is ready, to a worker. */
void mirror_inject(struct mirror_set *m, uint16_t iface, struct mirror_turn *turn);
/* The netdev is not there any more: the fd leaves epoll, or it would be ready for ever. */
void mirror_tap_gone(struct mirror_set *m, struct mirror_tap *tap);

/* Read by the control thread at any time: see stat_read(). */
static inline void mirror_count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

#endif
