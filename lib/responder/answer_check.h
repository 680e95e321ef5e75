/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For the tests and the fuzzer of the responder: is a frame one that may be sent at all? Reads the
 * bytes by itself, and shares no code with what wrote them. Context: any.
 */
#ifndef SLUICE_RESPONDER_ANSWER_CHECK_H
#define SLUICE_RESPONDER_ANSWER_CHECK_H

#include <stddef.h>
#include <stdint.h>

/* The Internet checksum (RFC 1071) of len bytes, as a number; sum: what was summed up before. */
uint16_t check_sum(const uint8_t *data, size_t len, uint32_t sum);

/* The checksum over an IPv6 packet's pseudo header (RFC 8200 8.1) and its payload. */
uint16_t check_sum6(const uint8_t *ip);

/* The checksum over an IPv4 packet's pseudo header (RFC 768) and its payload. */
uint16_t check_sum4(const uint8_t *ip);

/* Lengths, padding, checksums and the size limits of ICMP errors of the frame, whose layer 3 starts
 * at l2_len. NULL, or what is wrong with it. */
const char *check_answer(const uint8_t *frame, size_t len, uint16_t l2_len);

#endif
