/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the mirror share: workers that no lcore runs, whose rings the test fills and
 * empties; TAPs in a namespace of the test's own; and on the side of Linux packet sockets.
 * Context: the test's thread.
 */
#ifndef SLUICE_MIRROR_TESTING_H
#define SLUICE_MIRROR_TESTING_H

#include "mirror_private.h"
#include "netns_testing.h"
#include "packet_testing.h"
#include "tap.h"

#define MIRROR_TAPS    3
#define MIRROR_WORKERS 2
#define FRAME_MAX      9014 /* of the TAPs, whose MTU is 9000 */
#define FLUSH_US       5000000

struct mirror_bed {
	struct worker_set *workers;
	struct mirror_set *set;
	struct tap taps[MIRROR_TAPS]; /* t0 ..., of interface 0 ...: up, with carrier */
	int linux_side[MIRROR_TAPS];  /* packet sockets */
};
extern struct mirror_bed bed;

int mirror_bed_group_setup(void **state);
int mirror_bed_setup(void **state);
/* Every mbuf must be back in its pool. */
int mirror_bed_teardown(void **state);

/* A new TAP for the interface. */
void mirror_bed_tap(unsigned iface);

/* A frame with a number in it, of an EtherType that Linux does not know. */
void mirror_bed_frame(uint8_t *frame, uint32_t len, uint32_t number);
uint32_t mirror_bed_number(const void *frame);

/* As a worker: punt a packet that came in by iface. */
void mirror_bed_punt(unsigned worker, uint16_t iface, struct rte_mbuf *pkt);
/* As Linux: send the frame by the TAP. */
void mirror_bed_send(unsigned iface, uint32_t len, uint32_t number);
/* As Linux: the length of the next frame that came in by the TAP, -1: none. */
ssize_t mirror_bed_receive(unsigned iface, void *frame, size_t room);
/* As a worker: what was injected next; NULL: nothing. */
struct rte_mbuf *mirror_bed_injected(unsigned worker);

struct mirror_stats mirror_bed_stats(uint16_t iface);
uint64_t mirror_bed_dropped(enum drop_reason reason);

#endif
