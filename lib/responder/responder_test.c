/* SPDX-License-Identifier: BSD-3-Clause */
/* The frame around the answer, ARP, and the limit of errors. */
#include "testing.h"

#define ARP_PROBE "0.0.0.0"

/* An ARP request of the host, broadcast, padded as on a wire. */
static void make_arp(const char *sender, const char *target)
{
	start_frame(0x0806);
	memcpy(t.in, broadcast_mac, 6);
	append("\0\1\x08\0\6\4\0\1", 8);
	append(host_mac, 6);
	append(addr_bytes(sender), 4);
	append_fill(0, 6);
	append(addr_bytes(target), 4);
	append_fill(0, 18);
}

static void expect_arp_reply(const char *sender, const char *target)
{
	const uint8_t *arp = ask(RESPOND_ETHERTYPE);

	assert_non_null(arp);
	assert_int_equal(t.out_len, 60);
	assert_memory_equal(arp, "\0\1\x08\0\6\4\0\2", 8);
	assert_memory_equal(arp + 8, router_mac, 6);
	assert_addr(arp + 14, target);
	assert_memory_equal(arp + 18, t.in + t.l2_len + 8, 6);
	assert_memory_equal(t.out, t.in + t.l2_len + 8, 6);
	assert_addr(arp + 24, sender);
}

static void arp_answers(void **state)
{
	static const struct {
		const char *sender, *target;
	} asked[] = {
		{HOST4, ROUTER4},          {HOST4, ROUTER4_SEC}, {HOST4, OTHER4},
		{"192.168.77.1", ROUTER4}, {ARP_PROBE, ROUTER4}, {ARP_PROBE, OTHER4},
		{"240.0.0.1", ROUTER4},
	};

	for (unsigned i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		make_arp(asked[i].sender, asked[i].target);
		expect_arp_reply(asked[i].sender, asked[i].target);
		memcpy(t.in, router_mac, 6);
		expect_arp_reply(asked[i].sender, asked[i].target);
	}
	/* To the sender of the request, not of the frame. */
	make_arp(HOST4, ROUTER4);
	t.in[ETH + 13] = 0x77;
	expect_arp_reply(HOST4, ROUTER4);
	assert_int_equal(t.out[5], 0x77);
	assert_int_equal(responder_stats(t.r)->arp_replies, 2 * 7 + 1);
	assert_int_equal(responder_stats(t.r)->unanswered, 0);
}

static void arp_silence(void **state)
{
	static const struct {
		const char *sender, *target;
	} asked[] = {
		{HOST4, "10.1.0.9"},    {ROUTER4, ROUTER4},     {OTHER4, ROUTER4},
		{"224.0.0.1", ROUTER4}, {"127.0.0.1", ROUTER4}, {"255.255.255.255", ROUTER4},
		{HOST4, "10.1.0.255"},
	};
	/* One byte of a good request made wrong: format, protocol, lengths, operation, MAC. */
	static const struct {
		uint8_t at, value;
	} wrong[] = {{1, 6}, {2, 0x86}, {3, 6}, {4, 7}, {5, 16}, {6, 1}, {7, 2}, {7, 3}, {8, 3}};

	for (unsigned i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		make_arp(asked[i].sender, asked[i].target);
		expect_silence(RESPOND_ETHERTYPE);
	}
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		make_arp(HOST4, ROUTER4);
		t.in[ETH + wrong[i].at] = wrong[i].value;
		expect_silence(RESPOND_ETHERTYPE);
	}
	make_arp(HOST4, ROUTER4);
	memset(t.in + ETH + 8, 0, 6);
	expect_silence(RESPOND_ETHERTYPE);
	make_arp(HOST4, ROUTER4);
	t.in_len = ETH + 28;
	expect_arp_reply(HOST4, ROUTER4);
	t.in_len--;
	expect_silence(RESPOND_ETHERTYPE);
}

/* Put tags between the addresses and the EtherType of t.in. */
static void insert_tags(const void *tags, size_t len)
{
	append_fill(0, len);
	memmove(t.in + 12 + len, t.in + 12, t.in_len - 12 - len);
	memcpy(t.in + 12, tags, len);
	t.l2_len = ETH + len;
}

/* They are the interface's to put on. */
static void tags_are_left_out(void **state)
{
	static const char tags[] = "\x88\xa8\x60\x05\x81\0\xa0\x0a";

	for (unsigned len = 0; len <= 8; len += 4) {
		make_arp(HOST4, ROUTER4);
		insert_tags(tags + 8 - len, len);
		expect_arp_reply(HOST4, ROUTER4);
	}
	make_arp(HOST4, ROUTER4);
	insert_tags("\x88\xa8\0\1\x88\xa8\0\2\x81\0\0\3", 12); /* more than two */
	expect_silence(RESPOND_ETHERTYPE);
}

static void frames_out_of_shape(void **state)
{
	make_echo4(HOST4, ROUTER4, 56);
	for (unsigned l2_len = 0; l2_len < 40; l2_len++) {
		t.l2_len = l2_len;
		if (l2_len != ETH)
			expect_silence(RESPOND_LOCAL);
	}
	t.l2_len = ETH;
	/* Whatever is cut off: no answer, no read beyond (which ASan sees). */
	for (size_t len = t.in_len - 1; len-- > 0;) {
		uint8_t *copy = malloc(len);
		struct responder_query q = {.why = RESPOND_LOCAL,
					    .iface = &t.iface,
					    .frame = memcpy(copy, t.in, len),
					    .len = len,
					    .l2_len = ETH};

		assert_int_equal(responder_answer(t.r, &q, 0, t.out, sizeof(t.out)), 0);
		free(copy);
	}
	assert_non_null(ask(RESPOND_LOCAL));
	/* An answer to a group, or to nobody. */
	t.in[6] |= 1;
	expect_silence(RESPOND_LOCAL);
	memset(t.in + 6, 0, 6);
	expect_silence(RESPOND_LOCAL);
	start_frame(0x88cc);
	append_fill(0, 100);
	expect_silence(RESPOND_ETHERTYPE);
}

static void room_is_kept(void **state)
{
	make_echo4(HOST4, ROUTER4, 8);
	t.room = RESPONDER_ROOM_MIN - 1;
	expect_silence(RESPOND_LOCAL);
	t.room = RESPONDER_ROOM_MIN;
	make_echo4(HOST4, ROUTER4, RESPONDER_ROOM_MIN - ETH - 28);
	assert_non_null(ask(RESPOND_LOCAL));
	assert_int_equal(t.out_len, RESPONDER_ROOM_MIN);
	make_echo4(HOST4, ROUTER4, RESPONDER_ROOM_MIN - ETH - 27);
	expect_silence(RESPOND_LOCAL);
	make_echo6(HOST6, ROUTER6, RESPONDER_ROOM_MIN - ETH - 48);
	assert_non_null(ask(RESPOND_LOCAL));
	make_echo6(HOST6, ROUTER6, RESPONDER_ROOM_MIN - ETH - 47);
	expect_silence(RESPOND_LOCAL);
}

static void mtu_is_kept(void **state)
{
	t.iface.mtu = 1280;
	make_echo4(HOST4, ROUTER4, 1280 - 28);
	assert_non_null(ask(RESPOND_LOCAL));
	make_echo4(HOST4, ROUTER4, 1280 - 27);
	expect_silence(RESPOND_LOCAL);
	make_echo6(HOST6, ROUTER6, 1280 - 48);
	assert_non_null(ask(RESPOND_LOCAL));
	make_echo6(HOST6, ROUTER6, 1280 - 47);
	expect_silence(RESPOND_LOCAL);
	t.iface.mtu = 300;
	make_udp4(HOST4, DEST4, 1, 400);
	assert_non_null(ask(RESPOND_TTL));
	assert_int_equal(t.out_len, ETH + 300);
}

/* How many of n errors at the same instant are let through. */
static unsigned errors_let(unsigned n)
{
	unsigned sent = 0;

	while (n--)
		sent += ask(RESPOND_TTL) != NULL;
	return sent;
}

static void errors_are_limited(void **state)
{
	const struct responder_stats *stats = responder_stats(t.r);

	t.now_ns = 0;
	make_udp4(HOST4, DEST4, 1, 30);
	assert_int_equal(errors_let(60), RESPONDER_ERRORS_BURST);
	assert_int_equal(stats->errors_limited, 10);
	assert_int_equal(stats->errors_sent[RESPONDER_ERROR_TTL], RESPONDER_ERRORS_BURST);
	t.now_ns = 999999;
	assert_int_equal(errors_let(2), 0);
	t.now_ns = 1000000;
	assert_int_equal(errors_let(2), 1);
	t.now_ns = 4500000;
	assert_int_equal(errors_let(5), 3);
	/* Both families drink from one bucket; a clock that steps back fills nothing. */
	make_udp6(HOST6, DEST6, 1, 30);
	t.now_ns = 5000000;
	assert_int_equal(errors_let(5), 1);
	t.now_ns = 0;
	assert_int_equal(errors_let(5), 0);
	t.now_ns = 5999999;
	assert_int_equal(errors_let(5), 0);
	t.now_ns = UINT64_MAX;
	assert_int_equal(errors_let(100), RESPONDER_ERRORS_BURST);
	/* What is no error is not limited here, and what has no answer takes nothing. */
	make_echo4(HOST4, ROUTER4, 8);
	assert_non_null(ask(RESPOND_LOCAL));
	make_arp(HOST4, ROUTER4);
	expect_arp_reply(HOST4, ROUTER4);
}

/* A scan that empties the bucket leaves path MTU discovery as it was. */
static void path_mtu_is_not_limited(void **state)
{
	const struct responder_stats *stats = responder_stats(t.r);

	make_udp4(HOST4, DEST4, 1, 1400);
	assert_int_equal(errors_let(100), RESPONDER_ERRORS_BURST);
	t.in[ETH + 8] = 64;
	t.in[ETH + 6] = 0x40; /* DF */
	finish4();
	for (unsigned i = 0; i < 100; i++)
		assert_non_null(ask(RESPOND_MTU));
	make_udp6(HOST6, DEST6, 64, 1400);
	for (unsigned i = 0; i < 100; i++)
		assert_non_null(ask(RESPOND_MTU));
	assert_int_equal(stats->errors_sent[RESPONDER_ERROR_TOO_BIG], 200);
	assert_int_equal(stats->errors_limited, 50);
}

static void silence_takes_no_credit(void **state)
{
	make_udp4("224.0.0.1", DEST4, 1, 30);
	for (unsigned i = 0; i < 100; i++)
		expect_silence(RESPOND_TTL);
	make_udp4(HOST4, DEST4, 1, 30);
	assert_int_equal(errors_let(100), RESPONDER_ERRORS_BURST);
}

static void every_query_counts_once(void **state)
{
	const struct responder_stats *s = responder_stats(t.r);
	uint64_t errors = 0;

	make_udp4(HOST4, DEST4, 64, 1400);
	assert_null(ask(RESPOND_MTU));
	make_udp6(HOST6, DEST6, 64, 1400);
	assert_non_null(ask(RESPOND_MTU));
	make_echo6(HOST6, ROUTER6, 8);
	assert_non_null(ask(RESPOND_LOCAL));
	make_arp(HOST4, ROUTER4);
	expect_arp_reply(HOST4, ROUTER4);
	make_arp(HOST4, HOST4);
	assert_null(ask(RESPOND_ETHERTYPE));
	for (unsigned i = 0; i < RESPONDER_ERROR_COUNT; i++)
		errors += s->errors_sent[i];
	assert_int_equal(errors, 1);
	assert_int_equal(s->errors_sent[RESPONDER_ERROR_TOO_BIG], 1);
	assert_int_equal(s->unfragmented, 1);
	assert_int_equal(s->echo_replies, 1);
	assert_int_equal(s->arp_replies, 1);
	assert_int_equal(s->unanswered, 1);
	assert_int_equal(s->errors_limited + s->neighbour_adverts, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTING(arp_answers),
		TESTING(arp_silence),
		TESTING(tags_are_left_out),
		TESTING(frames_out_of_shape),
		TESTING(room_is_kept),
		TESTING(mtu_is_kept),
		TESTING(errors_are_limited),
		TESTING(path_mtu_is_not_limited),
		TESTING(silence_takes_no_credit),
		TESTING(every_query_counts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
