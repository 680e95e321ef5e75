/* SPDX-License-Identifier: BSD-3-Clause */
#include "testing.h"

#include "answer_check.h"

struct testing t;
const uint8_t router_mac[6] = {2, 0, 0, 0, 0, 1};
const uint8_t host_mac[6] = {2, 0, 0, 0, 0, 2};
const uint8_t broadcast_mac[6] = {255, 255, 255, 255, 255, 255};

static struct ip_prefix addrs[6];

static bool is_local(void *ctx, const struct ip_addr *addr)
{
	static const char *const all[] = {ROUTER4,     ROUTER4_SEC, OTHER4, ROUTER6,
					  ROUTER6_SEC, ROUTER6_LL,  OTHER6, OTHER6_LL};
	struct ip_addr own;

	assert_ptr_equal(ctx, &t);
	for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!ip_addr_parse(all[i], &own) && ip_addr_equal(&own, addr))
			return true;
	return false;
}

static const struct ip_addr *first_address(void *ctx, enum ip_family family)
{
	static struct ip_addr addr;

	assert_ptr_equal(ctx, &t);
	assert_int_equal(ip_addr_parse(family == IP4 ? OTHER4 : OTHER6, &addr), 0);
	return t.alone ? NULL : &addr;
}

int testing_setup(void **state)
{
	static const char *const own[] = {ROUTER4 "/24", ROUTER4_SEC "/24", ROUTER6_LL "/64",
					  ROUTER6 "/64", ROUTER6_SEC "/64", "10.9.0.0/31"};
	static const struct responder_router router = {is_local, first_address};

	memset(&t, 0, sizeof(t));
	t.r = responder_create(&router, &t);
	for (unsigned i = 0; i < sizeof(own) / sizeof(*own); i++)
		assert_int_equal(ip_prefix_parse(own[i], &addrs[i]), 0);
	memcpy(t.iface.mac.bytes, router_mac, 6);
	t.iface.mtu = 9000;
	t.iface.addrs = addrs;
	t.iface.n_addrs = sizeof(own) / sizeof(*own);
	t.now_ns = 1000000000;
	t.out_mtu = 1400;
	t.l2_len = ETH;
	t.room = sizeof(t.out);
	return t.r ? 0 : -1;
}

int testing_teardown(void **state)
{
	responder_destroy(t.r);
	return 0;
}

const uint8_t *addr_bytes(const char *text)
{
	static struct ip_addr addr;

	assert_int_equal(ip_addr_parse(text, &addr), 0);
	return addr.bytes;
}

void put16(uint8_t *at, unsigned value)
{
	at[0] = value >> 8;
	at[1] = value;
}

unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

void append(const void *data, size_t len)
{
	assert_true(t.in_len + len <= sizeof(t.in));
	memcpy(t.in + t.in_len, data, len);
	t.in_len += len;
}

void append_fill(uint8_t byte, size_t len)
{
	for (size_t i = 0; i < len; i++)
		append(&byte, 1);
}

void start_frame(unsigned ethertype)
{
	uint8_t type[2];

	t.in_len = 0;
	t.l2_len = ETH;
	append(router_mac, 6);
	append(host_mac, 6);
	put16(type, ethertype);
	append(type, 2);
}

void start4(const char *src, const char *dst, unsigned proto, unsigned ttl)
{
	uint8_t ip[20] = {0x45, [4] = 0x12, 0x34, [8] = ttl, proto};

	start_frame(0x0800);
	memcpy(ip + 12, addr_bytes(src), 4);
	memcpy(ip + 16, addr_bytes(dst), 4);
	append(ip, sizeof(ip));
}

void start6(const char *src, const char *dst, unsigned proto, unsigned hop_limit)
{
	uint8_t ip[40] = {0x60, [6] = proto, hop_limit};

	start_frame(0x86dd);
	memcpy(ip + 8, addr_bytes(src), 16);
	memcpy(ip + 24, addr_bytes(dst), 16);
	append(ip, sizeof(ip));
}

void finish4(void)
{
	uint8_t *ip = t.in + ETH;
	size_t hdr_len = (ip[0] & 15) * 4;
	uint8_t *l4 = ip + hdr_len;
	size_t l4_len = t.in_len - ETH - hdr_len;

	put16(ip + 2, t.in_len - ETH);
	put16(ip + 10, 0);
	put16(ip + 10, check_sum(ip, hdr_len, 0));
	if (ip[9] == 1 && l4_len >= 4) {
		put16(l4 + 2, 0);
		put16(l4 + 2, check_sum(l4, l4_len, 0));
	} else if (ip[9] == 17 && l4_len >= 8) {
		put16(l4 + 4, l4_len);
		put16(l4 + 6, 0);
		put16(l4 + 6, check_sum4(ip));
	}
}

void finish6(void)
{
	uint8_t *ip = t.in + ETH, *l4 = ip + 40;
	size_t l4_len = t.in_len - ETH - 40;

	put16(ip + 4, l4_len);
	if (ip[6] == 58 && l4_len >= 4) {
		put16(l4 + 2, 0);
		put16(l4 + 2, check_sum6(ip));
	} else if (ip[6] == 17 && l4_len >= 8) {
		put16(l4 + 4, l4_len);
		put16(l4 + 6, 0);
		put16(l4 + 6, check_sum6(ip));
	}
}

static void append_udp(size_t len)
{
	append("\x0f\xa0\x82\x9a\0\0\0\0", 8);
	append_fill('x', len);
}

void make_udp4(const char *src, const char *dst, unsigned ttl, size_t len)
{
	start4(src, dst, 17, ttl);
	append_udp(len);
	finish4();
}

void make_udp6(const char *src, const char *dst, unsigned hop_limit, size_t len)
{
	start6(src, dst, 17, hop_limit);
	append_udp(len);
	finish6();
}

static void append_echo(uint8_t type, size_t len)
{
	append(&type, 1);
	append("\0\0\0\x11\x22\x33\x44", 7);
	for (size_t i = 0; i < len; i++)
		append_fill(i * 7, 1);
}

void make_echo4(const char *src, const char *dst, size_t len)
{
	start4(src, dst, 1, 9);
	append_echo(8, len);
	finish4();
}

void make_echo6(const char *src, const char *dst, size_t len)
{
	start6(src, dst, 58, 9);
	append_echo(128, len);
	finish6();
}

const uint8_t *ask(enum responder_why why)
{
	/* Without a byte to spare behind it, and at an odd address: the sanitizers watch. */
	uint8_t *copy = malloc(t.in_len + 1);
	struct responder_query q = {.why = why,
				    .iface = &t.iface,
				    .out_mtu = t.out_mtu,
				    .frame = memcpy(copy + 1, t.in, t.in_len),
				    .len = t.in_len,
				    .l2_len = t.l2_len};
	const char *wrong;

	memset(t.out, 0xa5, sizeof(t.out));
	t.out_len = responder_answer(t.r, &q, t.now_ns, t.out, t.room);
	free(copy);
	if (!t.out_len)
		return NULL;
	wrong = check_answer(t.out, t.out_len, ETH);
	if (wrong)
		fail_msg("answer with a wrong %s", wrong);
	assert_int_equal(t.out[t.out_len], 0xa5);
	assert_memory_equal(t.out + 6, router_mac, 6);
	return t.out + ETH;
}

const uint8_t *expect_error(enum responder_why why, unsigned type, unsigned code, const char *from,
			    const char *to)
{
	const uint8_t *ip = ask(why), *icmp;
	bool four = strchr(from, '.');
	size_t quote;

	assert_non_null(ip);
	icmp = ip + (four ? 20 : 40);
	assert_int_equal(icmp[0], type);
	assert_int_equal(icmp[1], code);
	assert_addr(ip + (four ? 12 : 8), from);
	assert_addr(ip + (four ? 16 : 24), to);
	quote = four ? get16(ip + 2) - 28 : get16(ip + 4) - 8;
	assert_memory_equal(icmp + 8, t.in + t.l2_len, quote);
	assert_memory_equal(t.out, host_mac, 6);
	return icmp;
}

void expect_silence(enum responder_why why)
{
	const struct responder_stats *stats = responder_stats(t.r);
	uint64_t before = stats->unanswered;

	assert_null(ask(why));
	assert_int_equal(stats->unanswered, before + 1);
}
