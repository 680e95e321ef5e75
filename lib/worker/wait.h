/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a worker passes the time without packets: pauses, sleeps, waits for interrupts. While it
 * sleeps or waits it is offline for RCU and holds nothing that it has read.
 *
 * What ends a wait: an interrupt of one of its receive queues, and its doorbell, which is rung for
 * packets to inject, another set of queues, and the end. A sleep is not ended: it is short.
 */
#ifndef SLUICE_WORKER_WAIT_H
#define SLUICE_WORKER_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "node.h"

/* A wait ends after so many ms at the latest: should a driver lose an interrupt, packets wait so
 * long and no longer. */
#define WAIT_MAX_MS 100

/* Make the worker's doorbell and its epoll. Init. 0 or -errno. */
int wait_init(struct worker *w);
/* After wait_init(), also after one that has failed. */
void wait_fini(struct worker *w);

/* Whether a queue of a started port has interrupts; from now on they end waits of the worker. Until
 * the port is closed: then the kernel forgets them. Context: control thread. */
bool wait_add_queue(struct worker *w, uint16_t port, uint16_t queue);

/* Once, at the begin of the worker's thread. */
void wait_begin(void);

/* Context of all below: worker. */

/* Pause until the tsc says so. */
void wait_pause(const struct worker *w, uint64_t until);

/* Sleep for as long as the idle state says. */
void wait_sleep(struct worker *w);

/* Prepare for a wait, which must follow a last look at everything that brings packets. False: not
 * all queues have interrupts, and there is nothing to undo. */
bool wait_arm(struct worker *w);
/* Wait. Whether something has ended it, rather than the time. */
bool wait_for_interrupt(struct worker *w);
/* After wait_arm(), with or without a wait. */
void wait_disarm(struct worker *w);

#endif
