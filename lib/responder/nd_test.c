/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbour solicitations. What is answered and what is not is what a Linux router was seen to do.
 */
#include "testing.h"

#define SOLICITED "ff02::1:ff00:1"
#define LLADDR    "\1\1\2\0\0\0\0\2" /* source link-layer address: host_mac */
#define NO_OPTION "", 0

static uint8_t *in_ip(void)
{
	return t.in + ETH;
}

/* A solicitation, with the bytes of its options. */
static void make_ns(const char *src, const char *dst, const char *target, const void *options,
		    size_t len)
{
	start6(src, dst, 58, 255);
	if (dst[0] == 'f' && dst[1] == 'f')
		memcpy(t.in, "\x33\x33\xff\0\0\1", 6);
	append("\x87\0\0\0\0\0\0\0", 8);
	append(addr_bytes(target), 16);
	append(options, len);
	finish6();
}

static void expect_na_from(const char *from, const char *target, const char *to,
			   const uint8_t *to_mac, uint8_t flags)
{
	const uint8_t *ip = ask(RESPOND_MULTICAST);

	assert_non_null(ip);
	assert_memory_equal(t.out, to_mac, 6);
	assert_int_equal(get16(ip + 4), 32);
	assert_int_equal(ip[7], 255);
	assert_addr(ip + 8, from);
	assert_addr(ip + 24, to);
	assert_int_equal(get16(ip + 40), 136 << 8);
	assert_int_equal(ip[44], flags);
	assert_memory_equal(ip + 45, "\0\0\0", 3);
	assert_addr(ip + 48, target);
	assert_memory_equal(ip + 64, "\2\1", 2);
	assert_memory_equal(ip + 66, router_mac, 6);
}

static void expect_na(const char *target, const char *to, const uint8_t *to_mac, uint8_t flags)
{
	expect_na_from(target, target, to, to_mac, flags);
}

static void answers(void **state)
{
	static const struct {
		const char *src, *dst, *target;
	} map[] = {
		{HOST6, SOLICITED, ROUTER6},       {HOST6, ROUTER6, ROUTER6},
		{HOST6_LL, SOLICITED, ROUTER6_LL}, {HOST6_LL, ROUTER6_LL, ROUTER6_LL},
		{HOST6, "ff02::1", ROUTER6},       {"2001:db8:99::2", SOLICITED, ROUTER6},
	};

	for (unsigned i = 0; i < sizeof(map) / sizeof(*map); i++) {
		make_ns(map[i].src, map[i].dst, map[i].target, LLADDR, 8);
		expect_na(map[i].target, map[i].src, host_mac, 0xe0);
		make_ns(map[i].src, map[i].dst, map[i].target, NO_OPTION);
		expect_na(map[i].target, map[i].src, host_mac, 0xe0);
	}
	assert_int_equal(responder_stats(t.r)->neighbour_adverts, 12);
	/* To the address in the option, not to the frame's source; behind other options. */
	make_ns(HOST6, SOLICITED, ROUTER6, "\x0e\2bytes of nonce\1\1\2\0\0\0\0\x99", 24);
	expect_na(ROUTER6, HOST6, (const uint8_t *)"\2\0\0\0\0\x99", 0xe0);
	assert_non_null(ask(RESPOND_LOCAL));
}

static void duplicate_address_detection(void **state)
{
	static const uint8_t all_nodes[6] = {0x33, 0x33, 0, 0, 0, 1};

	make_ns("::", SOLICITED, ROUTER6, NO_OPTION);
	expect_na(ROUTER6, "ff02::1", all_nodes, 0xa0);
	make_ns("::", SOLICITED, ROUTER6, "\x0e\1nonce.", 8);
	expect_na(ROUTER6, "ff02::1", all_nodes, 0xa0);
	make_ns("::", SOLICITED, ROUTER6, LLADDR, 8);
	expect_silence(RESPOND_MULTICAST);
	make_ns("::", ROUTER6, ROUTER6, NO_OPTION);
	expect_silence(RESPOND_LOCAL);
	make_ns("::", "ff02::1", ROUTER6, NO_OPTION);
	expect_silence(RESPOND_MULTICAST);
}

/* For the subnet-router anycast address: from a unicast one, and without the override flag (RFC
 * 4861 7.2.7). */
static void anycast(void **state)
{
	static const uint8_t all_nodes[6] = {0x33, 0x33, 0, 0, 0, 1};
	struct ip_prefix *addrs = (struct ip_prefix *)(uintptr_t)t.iface.addrs;

	make_ns(HOST6, "ff02::1:ff00:0", "2001:db8:1::", LLADDR, 8);
	expect_na_from(ROUTER6, "2001:db8:1::", HOST6, host_mac, 0xc0);
	make_ns(HOST6, "2001:db8:5::", "2001:db8:5::", LLADDR, 8);
	expect_na_from(ROUTER6, "2001:db8:5::", HOST6, host_mac, 0xc0);
	make_ns(HOST6_LL, "ff02::1:ff00:0", "fe80::", LLADDR, 8);
	expect_na_from(ROUTER6_LL, "fe80::", HOST6_LL, host_mac, 0xc0);
	make_ns("::", "ff02::1:ff00:0", "2001:db8:1::", NO_OPTION);
	expect_na_from(ROUTER6_LL, "2001:db8:1::", "ff02::1", all_nodes, 0x80);
	make_ns(HOST6, "ff02::1:ff00:0", "2001:db8:2::", LLADDR, 8);
	expect_silence(RESPOND_MULTICAST);
	/* The group of what is no anycast address: RFC 6164. */
	addrs[2].len = addrs[3].len = addrs[4].len = 127;
	make_ns(HOST6, "ff02::1:ff00:0", "2001:db8:1::", LLADDR, 8);
	expect_silence(RESPOND_MULTICAST);
	make_ns(HOST6, "2001:db8:1::", "2001:db8:1::", LLADDR, 8);
	expect_silence(RESPOND_LOCAL);
}

static void silence(void **state)
{
	static const struct {
		const char *src, *dst, *target;
	} none[] = {
		{HOST6, SOLICITED, OTHER6},       {HOST6, SOLICITED, "ff02::1"},
		{HOST6, SOLICITED, HOST6},        {HOST6, "ff02::1:ff00:9", ROUTER6},
		{ROUTER6, SOLICITED, ROUTER6},    {"ff02::1", SOLICITED, ROUTER6},
		{"::1", SOLICITED, ROUTER6},      {HOST6, "2001:db8:1::9", ROUTER6},
		{HOST6_LL, SOLICITED, OTHER6_LL},
	};
	static const struct {
		const char *bytes;
		size_t len;
	} options[] = {
		{"\1\0\0\0\0\0\0\0", 8},   /* length 0: would never end */
		{"\x0e\2\0\0\0\0\0\0", 8}, /* beyond the message */
		{"\1\1\2\0\0\0\0", 7},
		{"\1", 1},
		{LLADDR "\x0e\0\0\0\0\0\0\0", 16},        /* the second one */
		{"\1\2\2\0\0\0\0\2\0\0\0\0\0\0\0\0", 16}, /* not of Ethernet */
		{"\1\1\3\0\0\0\0\2", 8},                  /* a group, nobody */
		{"\1\1\0\0\0\0\0\0", 8},
	};

	for (unsigned i = 0; i < sizeof(none) / sizeof(*none); i++) {
		make_ns(none[i].src, none[i].dst, none[i].target, LLADDR, 8);
		expect_silence(RESPOND_MULTICAST);
	}
	for (unsigned i = 0; i < sizeof(options) / sizeof(*options); i++) {
		make_ns(HOST6, SOLICITED, ROUTER6, options[i].bytes, options[i].len);
		expect_silence(RESPOND_MULTICAST);
	}
	/* Hop limit, code, checksum, length. */
	make_ns(HOST6, SOLICITED, ROUTER6, LLADDR, 8);
	in_ip()[7] = 254;
	expect_silence(RESPOND_MULTICAST);
	make_ns(HOST6, SOLICITED, ROUTER6, LLADDR, 8);
	in_ip()[41] = 1;
	finish6();
	expect_silence(RESPOND_MULTICAST);
	make_ns(HOST6, SOLICITED, ROUTER6, LLADDR, 8);
	in_ip()[42] ^= 1;
	expect_silence(RESPOND_MULTICAST);
	make_ns(HOST6, SOLICITED, ROUTER6, NO_OPTION);
	t.in_len--;
	finish6();
	expect_silence(RESPOND_MULTICAST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTING(answers),
		TESTING(duplicate_address_detection),
		TESTING(anycast),
		TESTING(silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
