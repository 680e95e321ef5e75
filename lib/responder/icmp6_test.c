/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv6: echo, and errors. The codes and sources are what a Linux router was seen to send for the
 * same packets. */
#include "testing.h"

#define LENGTH(ip) (40 + get16((ip) + 4))

static uint8_t *in_ip(void)
{
	return t.in + ETH;
}

/* A packet in transit: an IPv6 header with the next header, and the bytes behind. */
static void make_raw(unsigned proto, const void *payload, size_t len)
{
	start6(HOST6, DEST6, proto, 1);
	append(payload, len);
	finish6();
}

static void echo(void **state)
{
	static const size_t lens[] = {0, 1, 56, 57, 1452};
	const uint8_t *ip;

	for (unsigned i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		make_echo6(HOST6, ROUTER6, lens[i]);
		put16(in_ip(), 0x62b1); /* traffic class 0x2b, and a flow label */
		append_fill(0xee, 3);   /* behind the packet */
		ip = ask(RESPOND_LOCAL);
		assert_non_null(ip);
		assert_int_equal(LENGTH(ip), 48 + lens[i]);
		assert_memory_equal(ip, "\x62\xb0\0\0", 4);
		assert_addr(ip + 8, ROUTER6);
		assert_addr(ip + 24, HOST6);
		assert_int_equal(get16(ip + 40), 129 << 8);
		assert_memory_equal(ip + 44, in_ip() + 44, 4 + lens[i]);
		assert_memory_equal(t.out, host_mac, 6);
	}
}

static void echo_sources(void **state)
{
	static const struct {
		const char *src, *dst, *from;
	} map[] = {
		{FAR6, OTHER6, OTHER6},          {HOST6_LL, ROUTER6_LL, ROUTER6_LL},
		{HOST6, ROUTER6_LL, ROUTER6_LL}, {HOST6_LL, "ff02::1", ROUTER6_LL},
		{HOST6, "ff02::1", ROUTER6},     {"2001:db8:5::7", "ff02::1", ROUTER6_SEC},
		{FAR6, "ff02::1", ROUTER6},      {HOST6_LL, "ff02::2", ROUTER6_LL},
		{FAR6, "ff05::2", ROUTER6},      {HOST6_LL, "ff02::1:ff00:1", ROUTER6_LL},
	};

	for (unsigned i = 0; i < sizeof(map) / sizeof(*map); i++) {
		const uint8_t *ip;

		make_echo6(map[i].src, map[i].dst, 20);
		if (map[i].dst[1] == 'f')
			memcpy(t.in, "\x33\x33\0\0\0\1", 6);
		ip = ask(map[i].dst[1] == 'f' ? RESPOND_MULTICAST : RESPOND_LOCAL);
		assert_non_null(ip);
		assert_addr(ip + 8, map[i].from);
		assert_addr(ip + 24, map[i].src);
	}
}

/* The subnet-router anycast address of the interface's subnets (RFC 4291 2.6.1): the answer comes
 * from a unicast address, an error from the one that was asked, as a Linux router was seen to do.
 */
static void anycast(void **state)
{
	static const struct {
		const char *src, *dst, *from;
	} map[] = {
		{HOST6, "2001:db8:1::", ROUTER6},
		{HOST6, "2001:db8:5::", ROUTER6},
		{"2001:db8:5::9", "2001:db8:1::", ROUTER6_SEC},
		{HOST6_LL, "fe80::", ROUTER6_LL},
	};
	struct ip_prefix *addrs = (struct ip_prefix *)(uintptr_t)t.iface.addrs;
	const uint8_t *ip;

	for (unsigned i = 0; i < sizeof(map) / sizeof(*map); i++) {
		make_echo6(map[i].src, map[i].dst, 20);
		ip = ask(RESPOND_LOCAL);
		assert_non_null(ip);
		assert_addr(ip + 8, map[i].from);
		assert_addr(ip + 24, map[i].src);
	}
	make_udp6(HOST6, "2001:db8:1::", 64, 30);
	expect_error(RESPOND_LOCAL, 1, 4, "2001:db8:1::", HOST6);
	/* Of another interface; from another that is anycast; in a subnet of two (RFC 6164). */
	make_echo6(HOST6, "2001:db8:2::", 20);
	expect_silence(RESPOND_LOCAL);
	make_echo6("2001:db8:5::", "2001:db8:1::", 20);
	expect_silence(RESPOND_LOCAL);
	make_echo6(HOST6, "2001:db8:1::", 20);
	addrs[3].len = 126;
	assert_non_null(ask(RESPOND_LOCAL));
	addrs[3].len = 127;
	expect_silence(RESPOND_LOCAL);
}

static void echo_silence(void **state)
{
	static const struct {
		const char *src, *dst;
	} none[] = {
		{"::", ROUTER6},           {"::", "ff02::1"},           {"::1", ROUTER6},
		{"ff02::1", ROUTER6},      {ROUTER6, ROUTER6},          {OTHER6, ROUTER6},
		{"2001:db8:1::", ROUTER6}, {"::ffff:1.2.3.4", ROUTER6}, {HOST6, "2001:db8:1::9"},
		{HOST6_LL, OTHER6_LL},     {HOST6, "ff01::1"},          {HOST6, "ff05::1"},
		{HOST6, "ff02::1:ff00:9"}, {ROUTER6, "ff02::1"},
	};

	for (unsigned i = 0; i < sizeof(none) / sizeof(*none); i++) {
		make_echo6(none[i].src, none[i].dst, 20);
		expect_silence(RESPOND_LOCAL);
		expect_silence(RESPOND_MULTICAST);
	}
	make_echo6(HOST6, ROUTER6, 20);
	expect_silence(RESPOND_ETHERTYPE);
	in_ip()[60] ^= 1;
	expect_silence(RESPOND_LOCAL);
	for (unsigned type = 0; type < 256; type++) {
		if (type == 128)
			continue;
		make_echo6(HOST6, ROUTER6, 20);
		in_ip()[40] = type;
		finish6();
		expect_silence(RESPOND_LOCAL);
	}
	/* Version, payload length beyond the frame, less than a header of ICMPv6. */
	make_echo6(HOST6, ROUTER6, 20);
	in_ip()[0] = 0x40;
	expect_silence(RESPOND_LOCAL);
	make_echo6(HOST6, ROUTER6, 20);
	put16(in_ip() + 4, 29);
	expect_silence(RESPOND_LOCAL);
	start6(HOST6, ROUTER6, 58, 64);
	append("\x80\0\0\0\0\0\0", 7);
	finish6();
	expect_silence(RESPOND_LOCAL);
}

static void codes(void **state)
{
	static const struct {
		enum responder_why why;
		enum responder_error error;
		uint8_t type, code;
	} map[] = {
		{RESPOND_TTL, RESPONDER_ERROR_TTL, 3, 0},
		{RESPOND_NO_ROUTE, RESPONDER_ERROR_NO_ROUTE, 1, 0},
		{RESPOND_UNREACHABLE, RESPONDER_ERROR_UNREACHABLE, 1, 0},
		{RESPOND_PROHIBIT, RESPONDER_ERROR_PROHIBIT, 1, 1},
		{RESPOND_SCOPE, RESPONDER_ERROR_SCOPE, 1, 2},
		{RESPOND_GLEAN, RESPONDER_ERROR_HOST, 1, 3},
	};

	for (unsigned i = 0; i < sizeof(map) / sizeof(*map); i++) {
		make_udp6(HOST6, DEST6, 1, 30);
		put16(in_ip(), 0x62b1);
		assert_memory_equal(
			expect_error(map[i].why, map[i].type, map[i].code, ROUTER6, HOST6) + 4,
			"\0\0\0\0", 4);
		assert_memory_equal(t.out + ETH, "\x60\0\0\0", 4);
		assert_int_equal(t.out_len, ETH + 48 + 78);
		assert_int_equal(responder_stats(t.r)->errors_sent[map[i].error], 1);
	}
	expect_silence(RESPOND_ETHERTYPE);
}

static void source_of_errors(void **state)
{
	static const struct {
		const char *src, *from;
	} map[] = {
		{HOST6, ROUTER6},
		{"2001:db8:5::9", ROUTER6_SEC},
		{FAR6, ROUTER6},
		{HOST6_LL, ROUTER6_LL},
	};

	for (unsigned i = 0; i < sizeof(map) / sizeof(*map); i++) {
		make_udp6(map[i].src, DEST6, 1, 30);
		expect_error(RESPOND_TTL, 3, 0, map[i].from, map[i].src);
	}
	make_udp6(HOST6_LL, OTHER6, 64, 30);
	expect_error(RESPOND_LOCAL, 1, 4, OTHER6, HOST6_LL);
	/* An interface without a global address speaks beyond its link from another's, on it from
	 * its link-local one; so does a router without any; one without IPv6 is silent. */
	t.iface.n_addrs = 3;
	make_udp6(HOST6_LL, DEST6, 1, 30);
	expect_error(RESPOND_TTL, 3, 0, ROUTER6_LL, HOST6_LL);
	make_udp6(FAR6, DEST6, 1, 30);
	expect_error(RESPOND_TTL, 3, 0, OTHER6, FAR6);
	t.alone = true;
	expect_error(RESPOND_TTL, 3, 0, ROUTER6_LL, FAR6);
	t.iface.n_addrs = 2;
	expect_silence(RESPOND_TTL);
}

static void quotes(void **state)
{
	/* The whole packet while the error has at most 1280 bytes. */
	for (size_t len = 1183; len <= 1186; len++) {
		make_udp6(HOST6, DEST6, 1, len);
		append_fill(0xee, 2);
		expect_error(RESPOND_TTL, 3, 0, ROUTER6, HOST6);
		assert_int_equal(LENGTH(t.out + ETH), len < 1184 ? 48 + 48 + len : 1280);
	}
	start6(HOST6, DEST6, 99, 1);
	append_fill(0x5a, 8000);
	finish6();
	expect_error(RESPOND_TTL, 3, 0, ROUTER6, HOST6);
	assert_int_equal(LENGTH(t.out + ETH), 1280);
}

static void packet_too_big(void **state)
{
	const uint8_t *icmp;

	make_udp6(HOST6, DEST6, 64, 1400);
	icmp = expect_error(RESPOND_MTU, 2, 0, ROUTER6, HOST6);
	assert_memory_equal(icmp + 4, "\0\0\x05\x78", 4);
	t.out_mtu = 1000; /* no link has less than 1280 */
	icmp = expect_error(RESPOND_MTU, 2, 0, ROUTER6, HOST6);
	assert_memory_equal(icmp + 4, "\0\0\x05\0", 4);
	t.out_mtu = 0x12345;
	icmp = expect_error(RESPOND_MTU, 2, 0, ROUTER6, HOST6);
	assert_memory_equal(icmp + 4, "\0\1\x23\x45", 4);
	/* Alone among the errors it may answer multicast. */
	make_udp6(HOST6, "ff0e::1", 64, 1400);
	t.in[0] = 0x33;
	expect_error(RESPOND_MTU, 2, 0, ROUTER6, HOST6);
	expect_silence(RESPOND_TTL);
	make_udp6(HOST6, "ff0e::1", 64, 1400);
	expect_silence(RESPOND_TTL);
}

static void no_error_about(void **state)
{
	static const char *const srcs[] = {"::",   "::1",          "ff02::1",        ROUTER6,
					   OTHER6, "2001:db8:1::", "::ffff:1.2.3.4", ROUTER6_LL};

	for (unsigned i = 0; i < sizeof(srcs) / sizeof(*srcs); i++) {
		make_udp6(srcs[i], DEST6, 1, 30);
		expect_silence(RESPOND_TTL);
		expect_silence(RESPOND_MTU);
		make_udp6(srcs[i], ROUTER6, 64, 30);
		expect_silence(RESPOND_LOCAL);
	}
	make_udp6(HOST6, DEST6, 1, 30);
	memcpy(t.in, broadcast_mac, 6);
	expect_silence(RESPOND_TTL);
	make_udp6(HOST6, "ff02::1", 64, 30);
	expect_silence(RESPOND_MULTICAST);
	start6(HOST6, "ff02::1", 99, 64);
	append_fill(0, 24);
	finish6();
	expect_silence(RESPOND_MULTICAST);
}

static void no_error_about_errors(void **state)
{
	for (unsigned type = 0; type < 256; type++) {
		uint8_t icmp[20] = {type};

		t.now_ns += 1000000000;
		make_raw(58, icmp, sizeof(icmp));
		if (type >= 128 && type != 137)
			expect_error(RESPOND_TTL, 3, 0, ROUTER6, HOST6);
		else
			expect_silence(RESPOND_TTL);
	}
}

/* Errors hidden behind extension headers, and packets of which too little can be seen. */
static void extension_headers(void **state)
{
#define UDP         "\x0f\xa0\x82\x9a\0\x08\0\0"
#define ERR         "\1\0\0\0\0\0\0\0"
#define ECHO        "\x80\0\0\0\0\0\0\0"
#define BYTES(text) text, sizeof(text) - 1
	static const struct {
		uint8_t proto;
		const char *bytes;
		size_t len;
		bool error;
	} map[] = {
		{60, BYTES("\x11\0\1\4\0\0\0\0" UDP), true},
		{60, BYTES("\x3a\0\1\4\0\0\0\0" ERR), false},
		{60, BYTES("\x3a\0\1\4\0\0\0\0" ECHO), true},
		{0, BYTES("\x2b\0\1\4\0\0\0\0\x3c\0\0\0\0\0\0\0\x3a\0\1\4\0\0\0\0" ERR), false},
		{60, BYTES("\x3a\1\1\x0c\0\0\0\0" ERR ERR), false},
		{60, BYTES("\x3a\1\1\x0c\0\0\0\0" ERR ECHO), true},
		{51, BYTES("\x3a\1\0\0\0\0\0\1\0\0\0\1" ERR), false},
		{51, BYTES("\x3a\1\0\0\0\0\0\1\0\0\0\1" ECHO), true},
		{44, BYTES("\x3a\0\0\1\0\0\0\1" ERR), false},
		{44, BYTES("\x3a\0\0\1\0\0\0\1" ECHO), true},
		/* Later fragments: of UDP yes, of ICMPv6 nobody knows what. */
		{44, BYTES("\x11\0\0\x29\0\0\0\1" ERR), true},
		{44, BYTES("\x3a\0\0\x29\0\0\0\1" ECHO), false},
		{44, BYTES("\x3a\0\1\0\0\0\0\1" ECHO), false},
		/* The bytes of a later fragment are no extension header. */
		{44, BYTES("\x3c\0\0\x29\0\0\0\1\x3a\0\0\0\0\0\0\0" ERR), true},
		/* Chains that end beyond the packet, or in front of their ICMPv6. */
		{60, BYTES("\x11\2\1\4\0\0\0\0" UDP), false},
		{60, BYTES("\x3a\0\1\4\0\0\0"), false},
		{60, BYTES("\x3a\0\1\4\0\0\0\0"), false},
		{60, BYTES("\x3a"), false},
		{58, BYTES(""), false},
		{59, BYTES(""), true},
	};

	for (unsigned i = 0; i < sizeof(map) / sizeof(*map); i++) {
		make_raw(map[i].proto, map[i].bytes, map[i].len);
		if (map[i].error)
			expect_error(RESPOND_TTL, 3, 0, ROUTER6, HOST6);
		else
			expect_silence(RESPOND_TTL);
	}
}

static void udp_to_the_router(void **state)
{
	uint8_t *udp = in_ip() + 40;

	make_udp6(HOST6, ROUTER6, 1, 30);
	expect_error(RESPOND_LOCAL, 1, 4, ROUTER6, HOST6);
	udp[20] ^= 1;
	expect_silence(RESPOND_LOCAL);
	make_udp6(HOST6, ROUTER6, 1, 30);
	put16(udp + 6, 0); /* IPv6 has no datagrams without a checksum */
	expect_silence(RESPOND_LOCAL);
	make_udp6(HOST6, ROUTER6, 1, 30);
	put16(udp + 4, 39);
	expect_silence(RESPOND_LOCAL);
	make_udp6(HOST6, "2001:db8:1::9", 1, 30);
	expect_silence(RESPOND_LOCAL);
}

static void next_headers_to_the_router(void **state)
{
	for (unsigned proto = 0; proto < 256; proto++) {
		if (proto == 17 || proto == 58)
			continue;
		t.now_ns += 1000000000;
		start6(HOST6, ROUTER6, proto, 64);
		append("\x3b", 1); /* no next header, for those that have one */
		append_fill(0, 23);
		finish6();
		if (proto == 0 || proto == 6 || proto == 43 || proto == 44 || proto == 59 ||
		    proto == 60)
			expect_silence(RESPOND_LOCAL);
		else
			assert_memory_equal(expect_error(RESPOND_LOCAL, 4, 1, ROUTER6, HOST6) + 4,
					    "\0\0\0\6", 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTING(echo),
		TESTING(echo_sources),
		TESTING(anycast),
		TESTING(echo_silence),
		TESTING(codes),
		TESTING(source_of_errors),
		TESTING(quotes),
		TESTING(packet_too_big),
		TESTING(no_error_about),
		TESTING(no_error_about_errors),
		TESTING(extension_headers),
		TESTING(udp_to_the_router),
		TESTING(next_headers_to_the_router),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
