/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the bytes of an input of fuzz_pipeline to a burst of mbufs.
 *
 * An input is one byte for all, and then frames (up to 64, as they fit), each behind five bytes:
 *
 *     burst:  bits 0-1 and 4-5 the port that all come in by (never `sniff`); bit 2 all token
 *             buckets of punt are empty; bit 3 there are no small mbufs, for what is flooded or
 *             mirrored
 *     shape:  bits 0-2 segments less one; 3-4 where the data begins in its buffer;
 *             5-7 length of the first segment of several
 *     flags:  bits 0-1 what the PMD says of the checksum; 2 leave the checksums as they are;
 *             3 leave the destination MAC as it is, else it is the interface's, or in a bridge
 *             which of some `to` says; 4 set the lengths of IP right; 6-7 put tags in front: none,
 *             or which of three stacks of the port
 *     to:     0, or which of some destinations to write into the IP header; bits 5-7 which of some
 *             MAC addresses to write, in a bridge
 *     length: two bytes, big endian; cut to what is there
 */
#ifndef SLUICE_FUZZ_PIPELINE_FRAMES_H
#define SLUICE_FUZZ_PIPELINE_FRAMES_H

#include "pipeline_check.h"

/* Once, before the rest. */
void frames_init(void);

/* Make the frames of an input (what follows its first byte), as come in by the interface, and put
 * them where the worker's walk begins. frames: room for BURST_MAX. Returns how many. The
 * index of the frame stands in hash.usr of its mbuf, and goes along with all copies. */
unsigned frames_read(const struct pipeline *p, struct frame *frames, uint16_t iface,
		     const uint8_t *data, size_t size);

#endif
