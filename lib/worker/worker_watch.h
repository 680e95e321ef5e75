/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether the workers make progress. A worker is well when its loop has turned since the last look,
 * or when it sleeps, of which it tells RCU (rcu_reader_sleep()), and not for longer than its sleeps
 * and waits ever are. One that has not begun is not well. Context: control thread.
 */
#ifndef SLUICE_WORKER_WATCH_H
#define SLUICE_WORKER_WATCH_H

#include "wait.h"
#include "worker_ctl.h"

#define WORKER_WATCH_SLEEP_MS (10 * WAIT_MAX_MS) /* on a machine that is busy, too */

struct worker_watch;

/* The set must outlive the watch. NULL: no memory. The first look compares with no turn at all. */
struct worker_watch *worker_watch_create(const struct worker_set *set);
/* NULL is allowed. */
void worker_watch_destroy(struct worker_watch *watch);

/* Look at all, by a clock of milliseconds: the first that is not well, or NULL. */
const struct worker *worker_watch_stuck(struct worker_watch *watch, uint64_t now_ms);

#endif
