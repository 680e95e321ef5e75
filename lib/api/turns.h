/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The event loop of the control thread, and how long its turns take. In a turn everything that is
 * ready has its share; who comes meanwhile waits for the next one. So the longest turn is what a
 * client, a netlink message or a timer has had to wait at most, apart from waits in the kernel.
 * Measured is the CPU time of the thread: neither what else runs on the machine, nor what a system
 * call waits for.
 *
 * Context: control thread.
 */
#ifndef SLUICE_TURNS_H
#define SLUICE_TURNS_H

#include <stdint.h>

struct event_base;

struct turns {
	uint64_t n;
	uint64_t busy_ns;
	uint64_t longest_ns;
};

/* Run the loop until event_base_loopbreak(), and add its turns to *turns, which callbacks may read
 * and clear. */
void turns_run(struct event_base *base, struct turns *turns);

#endif
