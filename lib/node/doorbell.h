/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A doorbell wakes a thread that sleeps until there is something in its rings.
 *
 * The sleeper arms it, looks once more at everything that it would sleep on, and only then sleeps
 * on the file descriptor. Whoever adds something rings afterwards. Either the ringer finds it armed
 * and writes, or the sleeper finds what was added: both change the same word in one atomic step.
 * To ring a bell that is not armed makes no system call; one that is, makes one, for all that ring.
 */
#ifndef SLUICE_DOORBELL_H
#define SLUICE_DOORBELL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct doorbell {
	int fd; /* readable when it has rung; an eventfd, not blocking */
	bool armed;
};

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
	(void)__atomic_exchange_n(&bell->armed, true, __ATOMIC_ACQ_REL);
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
	if (__atomic_exchange_n(&bell->armed, false, __ATOMIC_ACQ_REL))
		(void)!eventfd_write(bell->fd, 1);
}

#endif
