/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer target of lib/responder. The first bytes of an input choose the question, the rest is
 * the frame; the checksums that a random frame cannot have right are set right in most inputs, so
 * that what stands behind them is reached. Every answer is checked by answer_check.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer_check.h"
#include "mend.h"
#include "responder.h"

#define ETH 14 /* of an answer, which has no tags */

#define FRAME_MAX 9216

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const own[] = {"10.1.0.1/24", "fe80::ff:fe00:1/64", "2001:db8:1::1/64"};

static bool is_local(void *ctx, const struct ip_addr *addr)
{
	const struct ip_prefix *addrs = ctx;

	for (unsigned i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (ip_addr_equal(&addrs[i].addr, addr))
			return true;
	return addr->bytes[0] == 20;
}

static const struct ip_addr *first_address(void *ctx, enum ip_family family)
{
	const struct ip_prefix *addrs = ctx;

	return &addrs[family == IP4 ? 0 : 2].addr;
}

static uint64_t stats_sum(const struct responder_stats *s)
{
	uint64_t sum = s->arp_replies + s->neighbour_adverts + s->echo_replies + s->errors_limited +
		       s->unfragmented + s->unanswered;

	for (unsigned i = 0; i < RESPONDER_ERROR_COUNT; i++)
		sum += s->errors_sent[i];
	return sum;
}

static void fail(const char *what)
{
	fprintf(stderr, "fuzz_responder: wrong %s\n", what);
	abort();
}

/* One question with its answer in a buffer of exactly its room, so that ASan guards both ends. */
static void ask(struct responder *r, const struct responder_query *q, uint64_t now_ns, size_t room)
{
	uint64_t before = stats_sum(responder_stats(r));
	uint8_t *out = malloc(room);
	const char *wrong;
	size_t len;

	len = responder_answer(r, q, now_ns, out, room);
	if (len > room)
		fail("length: more than the room");
	if (stats_sum(responder_stats(r)) != before + 1)
		fail("count");
	wrong = len ? check_answer(out, len, ETH) : NULL;
	if (wrong)
		fail(wrong);
	if (len && memcmp(out + 6, q->iface->mac.bytes, 6))
		fail("source MAC");
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ip_prefix addrs[sizeof(own) / sizeof(*own)];
	static struct responder_iface iface = {
		.mac = {{2, 0, 0, 0, 0, 1}}, .mtu = FRAME_MAX, .addrs = addrs};
	static const uint16_t l2_lens[] = {14, 18, 22, 14};
	static const struct responder_router router = {is_local, first_address};
	static struct responder *r;
	static uint64_t now_ns;
	struct responder_query q = {.iface = &iface};
	uint8_t *frame;

	if (!r) {
		for (unsigned i = 0; i < sizeof(own) / sizeof(*own); i++)
			if (ip_prefix_parse(own[i], &addrs[i]))
				abort();
		r = responder_create(&router, addrs);
	}
	if (!r || size < 4)
		return -1;
	iface.n_addrs = data[0] & 1 ? sizeof(own) / sizeof(*own) : data[0] >> 1 & 1;
	q.l2_len = data[0] & 0x10 ? data[3] : l2_lens[data[0] >> 2 & 3];
	q.why = data[1] % (RESPOND_GLEAN + 1);
	q.out_mtu = data[2] << 8 | data[3];
	now_ns += (uint64_t)data[3] << 13;
	q.len = size - 4 < FRAME_MAX ? size - 4 : FRAME_MAX;
	frame = malloc(q.len);
	memcpy(frame, data + 4, q.len);
	if (!(data[0] & 0x20))
		mend_checksums(frame, q.len, q.l2_len);
	q.frame = frame;
	ask(r, &q, now_ns, RESPONDER_ROOM_MIN);
	ask(r, &q, now_ns, FRAME_MAX);
	free(frame);
	return 0;
}
