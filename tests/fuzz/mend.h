/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets right what a mutated frame cannot have right, so that a fuzzer gets behind the checks. */
#ifndef SLUICE_FUZZ_MEND_H
#define SLUICE_FUZZ_MEND_H

#include <stddef.h>
#include <stdint.h>

/* The total or payload length of the IP packet at l2_len: up to the end of the frame. */
void mend_lengths(uint8_t *frame, size_t len, size_t l2_len);

/* The checksums of the IPv4 header, of ICMP and of UDP, and the length of UDP, as far as the
 * lengths of IP make sense. */
void mend_checksums(uint8_t *frame, size_t len, size_t l2_len);

#endif
