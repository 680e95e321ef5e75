/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A doorbell wakes a thread that sleeps until there is something in its rings.
 *
 * The sleeper arms it, looks once more at everything that it would sleep on, and only then sleeps
 * on the file descriptor. Whoever adds something rings afterwards. Both store, pass a full fence,
 * and then load what the other one stores: the sleeper `armed` and the rings, the ringer the rings
 * and `armed`. Of two full fences one is the first, and who passes the other one sees all that was
 * stored before it: so either the ringer finds the bell armed and writes, or the sleeper finds what
 * was added. No wake-up is lost.
 * To ring a bell that is not armed makes no system call and writes to no memory that is shared; one
 * that is, makes one call, for all that ring.
 */
#ifndef SLUICE_DOORBELL_H
#define SLUICE_DOORBELL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_atomic.h>
#include <rte_common.h>

struct doorbell {
	int fd; /* readable when it has rung; an eventfd, not blocking */
	bool armed;
} __rte_cache_aligned;

/* 0 or -errno. Init only, like doorbell_close(). */
static inline int doorbell_open(struct doorbell *bell)
{
	bell->armed = false;
	bell->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return bell->fd < 0 ? -errno : 0;
}

/* Also of one that could not be opened. */
static inline void doorbell_close(struct doorbell *bell)
{
	if (bell->fd >= 0)
		close(bell->fd);
}

/* The sleeper: before its last look. */
static inline void doorbell_arm(struct doorbell *bell)
{
	__atomic_store_n(&bell->armed, true, __ATOMIC_RELAXED);
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* The sleeper: it is awake. */
static inline void doorbell_disarm(struct doorbell *bell)
{
	eventfd_t count;

	(void)__atomic_exchange_n(&bell->armed, false, __ATOMIC_ACQ_REL);
	/* Who has found it armed may write only after this: then the next sleep ends at once. */
	(void)!eventfd_read(bell->fd, &count);
}

/* Any other thread: after it has added something. */
static inline void doorbell_ring(struct doorbell *bell)
{
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&bell->armed, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(&bell->armed, false, __ATOMIC_ACQ_REL))
		(void)!eventfd_write(bell->fd, 1);
}

#endif
