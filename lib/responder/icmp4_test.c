/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4: echo, and errors. The codes, sources and types of service are what a Linux router was seen
 * to send for the same packets. */
#include "answer_check.h"
#include "testing.h"

#define TOS(ip)    ((ip)[1])
#define FRAG(ip)   get16((ip) + 6)
#define LENGTH(ip) get16((ip) + 2)

static uint8_t *in_ip(void)
{
	return t.in + ETH;
}

/* A packet in transit with the raw protocol and payload. */
static void make_raw(unsigned proto, const void *payload, size_t len)
{
	start4(HOST4, DEST4, proto, 1);
	append(payload, len);
	finish4();
}

static void echo(void **state)
{
	static const size_t lens[] = {0, 1, 18, 56, 57, 1472};
	const uint8_t *ip;

	for (unsigned i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		make_echo4(HOST4, ROUTER4, lens[i]);
		in_ip()[1] = 0x2b;
		finish4();
		ip = ask(RESPOND_LOCAL);
		assert_non_null(ip);
		assert_int_equal(LENGTH(ip), 28 + lens[i]);
		assert_int_equal(TOS(ip), 0x2b);
		assert_int_equal(FRAG(ip), 0);
		assert_addr(ip + 12, ROUTER4);
		assert_addr(ip + 16, HOST4);
		assert_int_equal(get16(ip + 20), 0);
		assert_memory_equal(ip + 24, in_ip() + 24, 4 + lens[i]);
		assert_memory_equal(t.out, host_mac, 6);
	}
	/* From the address asked, wherever it stands; the frame may have been broadcast. */
	make_echo4(FAR4, OTHER4, 8);
	memcpy(t.in, broadcast_mac, 6);
	ip = ask(RESPOND_LOCAL);
	assert_non_null(ip);
	assert_addr(ip + 12, OTHER4);
	assert_int_equal(responder_stats(t.r)->echo_replies, 7);
}

static void echo_cuts_padding(void **state)
{
	make_echo4(HOST4, ROUTER4, 4);
	append_fill(0xee, 30);
	assert_int_equal(LENGTH(ask(RESPOND_LOCAL)), 32);
	assert_int_equal(t.out_len, 60);
}

static void echo_drops_options(void **state)
{
	const uint8_t *ip;

	start4(HOST4, ROUTER4, 1, 9);
	append("\x07\x0b\x04\0\0\0\0\0\0\0\0\0", 12);
	in_ip()[0] = 0x48;
	append("\x08\0\0\0\1\2\3\4data", 12);
	finish4();
	ip = ask(RESPOND_LOCAL);
	assert_non_null(ip);
	assert_int_equal(LENGTH(ip), 32);
	assert_memory_equal(ip + 24, "\1\2\3\4data", 8);
}

static void identifications_differ(void **state)
{
	unsigned first;

	make_echo4(HOST4, ROUTER4, 4);
	first = get16(ask(RESPOND_LOCAL) + 4);
	assert_int_not_equal(get16(ask(RESPOND_LOCAL) + 4), first);
}

static void echo_silence(void **state)
{
	static const struct {
		const char *src, *dst;
	} none[] = {
		{HOST4, "10.1.0.255"},   {HOST4, "255.255.255.255"}, {HOST4, "224.0.0.1"},
		{HOST4, "10.1.0.9"},     {ROUTER4, ROUTER4},         {OTHER4, ROUTER4},
		{"0.0.0.0", ROUTER4},    {"127.0.0.1", ROUTER4},     {"224.0.0.1", ROUTER4},
		{"10.1.0.255", ROUTER4}, {"10.1.5.255", ROUTER4},    {"255.255.255.255", ROUTER4},
	};
	static const char *const hosts[] = {"10.1.0.0", "10.9.0.1", "240.0.0.1", "169.254.1.1",
					    "0.1.2.3"};

	for (unsigned i = 0; i < sizeof(none) / sizeof(*none); i++) {
		make_echo4(none[i].src, none[i].dst, 20);
		expect_silence(RESPOND_LOCAL);
		expect_silence(RESPOND_MULTICAST);
	}
	for (unsigned i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		make_echo4(hosts[i], ROUTER4, 20);
		assert_non_null(ask(RESPOND_LOCAL));
	}
	expect_silence(RESPOND_ETHERTYPE);
	for (unsigned type = 0; type < 256; type++) {
		if (type == 8)
			continue;
		make_echo4(HOST4, ROUTER4, 20);
		in_ip()[20] = type;
		finish4();
		expect_silence(RESPOND_LOCAL);
	}
}

/* Each way in which a header can lie. */
static void headers_that_lie(void **state)
{
	static const struct {
		uint8_t at, value;
		bool sum; /* with a right header checksum */
	} lies[] = {
		{0, 0x55, true}, {0, 0x44, true}, {0, 0x40, true},   {0, 0x4f, true},
		{2, 0x40, true}, {3, 19, true},   {10, 0x11, false}, {8, 17, false},
	};

	for (unsigned i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		make_echo4(HOST4, ROUTER4, 20);
		in_ip()[lies[i].at] = lies[i].value;
		if (lies[i].sum) {
			size_t hdr = (in_ip()[0] & 15) * 4;

			put16(in_ip() + 10, 0);
			put16(in_ip() + 10, check_sum(in_ip(), hdr, 0));
		}
		expect_silence(RESPOND_LOCAL);
		expect_silence(RESPOND_TTL);
	}
	/* ICMP: its checksum, its length, fragments. */
	make_echo4(HOST4, ROUTER4, 20);
	in_ip()[30] ^= 1;
	expect_silence(RESPOND_LOCAL);
	make_raw(1, "\x08\0\xf7\xff\0\0\0", 7);
	memcpy(in_ip() + 16, addr_bytes(ROUTER4), 4);
	finish4();
	expect_silence(RESPOND_LOCAL);
	make_echo4(HOST4, ROUTER4, 20);
	put16(in_ip() + 6, 0x2000);
	finish4();
	expect_silence(RESPOND_LOCAL);
	put16(in_ip() + 6, 1);
	finish4();
	expect_silence(RESPOND_LOCAL);
	put16(in_ip() + 6, 0x4000);
	finish4();
	assert_non_null(ask(RESPOND_LOCAL));
}

static void codes(void **state)
{
	static const struct {
		enum responder_why why;
		enum responder_error error;
		uint8_t type, code;
	} map[] = {
		{RESPOND_TTL, RESPONDER_ERROR_TTL, 11, 0},
		{RESPOND_NO_ROUTE, RESPONDER_ERROR_NO_ROUTE, 3, 0},
		{RESPOND_UNREACHABLE, RESPONDER_ERROR_UNREACHABLE, 3, 1},
		{RESPOND_PROHIBIT, RESPONDER_ERROR_PROHIBIT, 3, 13},
		{RESPOND_GLEAN, RESPONDER_ERROR_HOST, 3, 1},
	};

	for (unsigned i = 0; i < sizeof(map) / sizeof(*map); i++) {
		make_udp4(HOST4, DEST4, 1, 30);
		assert_memory_equal(
			expect_error(map[i].why, map[i].type, map[i].code, ROUTER4, HOST4) + 4,
			"\0\0\0\0", 4);
		assert_int_equal(t.out_len, ETH + 28 + 58);
		assert_int_equal(responder_stats(t.r)->errors_sent[map[i].error], 1);
	}
	expect_silence(RESPOND_SCOPE);
	expect_silence(RESPOND_ETHERTYPE);
}

static void source_of_errors(void **state)
{
	make_udp4("10.1.5.2", DEST4, 1, 30);
	expect_error(RESPOND_TTL, 11, 0, ROUTER4_SEC, "10.1.5.2");
	make_udp4(FAR4, DEST4, 1, 30);
	expect_error(RESPOND_TTL, 11, 0, ROUTER4, FAR4);
	/* Port and protocol unreachable come from the address that was asked. */
	make_udp4("10.1.5.2", OTHER4, 64, 30);
	expect_error(RESPOND_LOCAL, 3, 3, OTHER4, "10.1.5.2");
	/* An interface without an IPv4 address speaks from another's; a router without any has
	 * nothing to send from. */
	t.iface.addrs += 2;
	t.iface.n_addrs = 3;
	make_udp4(FAR4, DEST4, 1, 30);
	expect_error(RESPOND_TTL, 11, 0, OTHER4, FAR4);
	t.alone = true;
	expect_silence(RESPOND_TTL);
}

static void type_of_service(void **state)
{
	static const uint8_t map[][2] = {{0, 0xc0}, {0x2b, 0xca}, {0xff, 0xde}, {0x10, 0xd0}};

	for (unsigned i = 0; i < sizeof(map) / sizeof(*map); i++) {
		make_udp4(HOST4, DEST4, 1, 30);
		in_ip()[1] = map[i][0];
		finish4();
		assert_int_equal(TOS(ask(RESPOND_TTL)), map[i][1]);
		assert_int_equal(FRAG(t.out + ETH), 0);
	}
}

static void quotes(void **state)
{
	/* The whole packet while the error has at most 576 bytes. */
	for (size_t len = 519; len <= 522; len++) {
		make_udp4(HOST4, DEST4, 1, len);
		expect_error(RESPOND_TTL, 11, 0, ROUTER4, HOST4);
		assert_int_equal(LENGTH(t.out + ETH), len < 520 ? 28 + 28 + len : 576);
	}
	make_udp4(HOST4, DEST4, 1, 1472);
	append_fill(0xee, 4);
	expect_error(RESPOND_TTL, 11, 0, ROUTER4, HOST4);
	assert_int_equal(LENGTH(t.out + ETH), 576);
	/* Not the padding. */
	make_udp4(HOST4, DEST4, 1, 2);
	append_fill(0xee, 16);
	expect_error(RESPOND_TTL, 11, 0, ROUTER4, HOST4);
	assert_int_equal(LENGTH(t.out + ETH), 28 + 30);
}

static void fragmentation_needed(void **state)
{
	const uint8_t *icmp;

	make_udp4(HOST4, DEST4, 64, 1400);
	put16(in_ip() + 6, 0x4000);
	finish4();
	icmp = expect_error(RESPOND_MTU, 3, 4, ROUTER4, HOST4);
	assert_int_equal(get16(icmp + 4), 0);
	assert_int_equal(get16(icmp + 6), 1400);
	t.out_mtu = 100000;
	icmp = expect_error(RESPOND_MTU, 3, 4, ROUTER4, HOST4);
	assert_int_equal(get16(icmp + 6), 65535);
	/* Without DF it would have to be fragmented. */
	make_udp4(HOST4, DEST4, 64, 1400);
	assert_null(ask(RESPOND_MTU));
	assert_int_equal(responder_stats(t.r)->unfragmented, 1);
	assert_int_equal(responder_stats(t.r)->unanswered, 0);
}

static void no_error_about(void **state)
{
	static const char *const srcs[] = {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255",
					   ROUTER4,   OTHER4,      "10.1.0.255"};
	static const char *const dsts[] = {"224.0.0.1", "255.255.255.255", "10.1.0.255"};

	for (unsigned i = 0; i < sizeof(srcs) / sizeof(*srcs); i++) {
		make_udp4(srcs[i], DEST4, 1, 30);
		expect_silence(RESPOND_TTL);
		make_udp4(srcs[i], ROUTER4, 64, 30);
		expect_silence(RESPOND_LOCAL);
	}
	/* Networks of hosts like any other, whatever they were meant for. */
	make_udp4(HOST4, "0.1.2.3", 1, 30);
	expect_error(RESPOND_TTL, 11, 0, ROUTER4, HOST4);
	make_udp4(HOST4, "240.1.2.3", 1, 30);
	expect_error(RESPOND_TTL, 11, 0, ROUTER4, HOST4);
	for (unsigned i = 0; i < sizeof(dsts) / sizeof(*dsts); i++) {
		make_udp4(HOST4, dsts[i], 1, 30);
		expect_silence(RESPOND_TTL);
		expect_silence(RESPOND_MULTICAST);
	}
	/* Frames to more than one. */
	make_udp4(HOST4, DEST4, 1, 30);
	memcpy(t.in, broadcast_mac, 6);
	expect_silence(RESPOND_TTL);
	make_udp4(HOST4, ROUTER4, 64, 30);
	t.in[0] = 1;
	expect_silence(RESPOND_LOCAL);
	/* Fragments: the first has its error, the later ones have not. */
	make_udp4(HOST4, DEST4, 1, 32);
	put16(in_ip() + 6, 0x2000);
	finish4();
	expect_error(RESPOND_TTL, 11, 0, ROUTER4, HOST4);
	put16(in_ip() + 6, 0x2005);
	finish4();
	expect_silence(RESPOND_TTL);
}

static void no_error_about_errors(void **state)
{
	for (unsigned type = 0; type < 256; type++) {
		uint8_t icmp[20] = {type};
		bool query = type == 0 || type == 8 || (type >= 13 && type <= 18);

		t.now_ns += 1000000000;
		make_raw(1, icmp, sizeof(icmp));
		if (query)
			expect_error(RESPOND_TTL, 11, 0, ROUTER4, HOST4);
		else
			expect_silence(RESPOND_TTL);
	}
	make_raw(1, "", 0);
	expect_silence(RESPOND_TTL);
}

static void udp_to_the_router(void **state)
{
	uint8_t *udp = in_ip() + 20;

	make_udp4(HOST4, ROUTER4, 1, 30);
	expect_error(RESPOND_LOCAL, 3, 3, ROUTER4, HOST4);
	put16(udp + 6, 0); /* no checksum at all is allowed */
	expect_error(RESPOND_LOCAL, 3, 3, ROUTER4, HOST4);
	put16(udp + 4, 8); /* shorter than the packet is, too */
	expect_error(RESPOND_LOCAL, 3, 3, ROUTER4, HOST4);
	put16(udp + 4, 7);
	expect_silence(RESPOND_LOCAL);
	put16(udp + 4, 39);
	expect_silence(RESPOND_LOCAL);
	make_udp4(HOST4, ROUTER4, 1, 30);
	udp[20] ^= 1;
	expect_silence(RESPOND_LOCAL);
	make_raw(17, "\0\1\0\2\0\7\0", 7);
	memcpy(in_ip() + 16, addr_bytes(ROUTER4), 4);
	finish4();
	expect_silence(RESPOND_LOCAL);
	make_udp4(HOST4, ROUTER4, 1, 32);
	put16(in_ip() + 6, 0x2000);
	finish4();
	expect_silence(RESPOND_LOCAL);
}

static void other_protocols_to_the_router(void **state)
{
	for (unsigned proto = 0; proto < 256; proto++) {
		if (proto == 1 || proto == 17)
			continue;
		t.now_ns += 1000000000;
		start4(HOST4, ROUTER4, proto, 64);
		append_fill(0, 24);
		finish4();
		if (proto == 2 || proto == 6)
			expect_silence(RESPOND_LOCAL);
		else
			expect_error(RESPOND_LOCAL, 3, 2, ROUTER4, HOST4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTING(echo),
		TESTING(echo_cuts_padding),
		TESTING(echo_drops_options),
		TESTING(identifications_differ),
		TESTING(echo_silence),
		TESTING(headers_that_lie),
		TESTING(codes),
		TESTING(source_of_errors),
		TESTING(type_of_service),
		TESTING(quotes),
		TESTING(fragmentation_needed),
		TESTING(no_error_about),
		TESTING(no_error_about_errors),
		TESTING(udp_to_the_router),
		TESTING(other_protocols_to_the_router),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
