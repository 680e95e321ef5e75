/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the responder share: a router of two interfaces, frames to ask it with, and the
 * question itself. All of it in one global, fresh for every test.
 */
#ifndef SLUICE_RESPONDER_TESTING_H
#define SLUICE_RESPONDER_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "responder.h"

#define ETH 14

/* Addresses: the router's on the asked interface (ROUTER), on its second subnet, on the other
 * interface; a host beside it, and one far away. */
#define ROUTER4     "10.1.0.1"
#define ROUTER4_SEC "10.1.5.1"
#define OTHER4      "10.2.0.1"
#define HOST4       "10.1.0.2"
#define FAR4        "10.8.0.5"
#define DEST4       "10.2.0.9"
#define ROUTER6     "2001:db8:1::1"
#define ROUTER6_SEC "2001:db8:5::1"
#define ROUTER6_LL  "fe80::ff:fe00:1"
#define OTHER6      "2001:db8:2::1"
#define OTHER6_LL   "fe80::ff:fe00:21"
#define HOST6       "2001:db8:1::2"
#define HOST6_LL    "fe80::2"
#define FAR6        "2001:db8:8::5"
#define DEST6       "2001:db8:2::9"

struct testing {
	struct responder *r;
	struct responder_iface iface;
	uint64_t now_ns;
	unsigned out_mtu;
	uint16_t l2_len;
	uint8_t in[9600]; /* the frame that ask() asks with */
	size_t in_len;
	uint8_t out[9600];
	size_t out_len;
	size_t room;
	bool alone; /* the router has no address on another interface */
};

extern struct testing t;
extern const uint8_t router_mac[6], host_mac[6], broadcast_mac[6];

int testing_setup(void **state);
int testing_teardown(void **state);

/* The bytes of an address of either family. */
const uint8_t *addr_bytes(const char *text);

/* Ethernet from the host to the router's MAC; the payload comes by append(). */
void start_frame(unsigned ethertype);
void append(const void *data, size_t len);
void append_fill(uint8_t byte, size_t len);
void put16(uint8_t *at, unsigned value);
unsigned get16(const uint8_t *at);

/* Frame and IP header with the TTL given; payload appended after. finish4() and finish6() set
 * lengths and checksums, that of ICMP, ICMPv6 and UDP included. */
void start4(const char *src, const char *dst, unsigned proto, unsigned ttl);
void start6(const char *src, const char *dst, unsigned proto, unsigned hop_limit);
void finish4(void);
void finish6(void);

/* Whole packets. UDP has len bytes of payload; echo requests as many of data. */
void make_udp4(const char *src, const char *dst, unsigned ttl, size_t len);
void make_udp6(const char *src, const char *dst, unsigned hop_limit, size_t len);
void make_echo4(const char *src, const char *dst, size_t len);
void make_echo6(const char *src, const char *dst, size_t len);

/* Ask with t.in; checks that an answer is a sound frame. Returns its layer 3, or NULL for none. */
const uint8_t *ask(enum responder_why why);

/* Ask, and expect an error of the type and code sent from an address to another. Returns its ICMP
 * header. */
const uint8_t *expect_error(enum responder_why why, unsigned type, unsigned code, const char *from,
			    const char *to);
/* Ask, and expect nothing. */
void expect_silence(enum responder_why why);

#define TESTING(fn) cmocka_unit_test_setup_teardown(fn, testing_setup, testing_teardown)

#define assert_addr(bytes, text) \
	assert_memory_equal(bytes, addr_bytes(text), strchr(text, ':') ? 16 : 4)

#endif
