/* SPDX-License-Identifier: BSD-3-Clause */
#include "responder.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_ether.h>

#include "exchange.h"

#define L2_LEN_MAX (RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN)
#define FRAME_MIN  (RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN)

struct responder *responder_create(const struct responder_router *router, void *ctx)
{
	struct responder *r = calloc(1, sizeof(*r));

	if (!r) {
		errno = ENOMEM;
		return NULL;
	}
	r->router = *router;
	r->ctx = ctx;
	return r;
}

void responder_destroy(struct responder *r)
{
	free(r);
}

const struct responder_stats *responder_stats(const struct responder *r)
{
	return &r->stats;
}

/* False: no frame that could have an answer, or no room for one. */
static bool exchange_open(struct exchange *x)
{
	const struct responder_query *q = x->q;

	if (q->l2_len < RTE_ETHER_HDR_LEN || q->l2_len > L2_LEN_MAX || q->len < q->l2_len ||
	    x->room < RESPONDER_ROOM_MIN)
		return false;
	memcpy(x->to.bytes, q->frame + RTE_ETHER_ADDR_LEN, RTE_ETHER_ADDR_LEN);
	x->in = q->frame + q->l2_len;
	x->in_len = q->len - q->l2_len;
	x->out += RTE_ETHER_HDR_LEN;
	/* Nothing is fragmented here. */
	x->room = RTE_MIN(x->room - RTE_ETHER_HDR_LEN, (size_t)q->iface->mtu);
	return mac_is_unicast(&x->to);
}

static size_t answer_l3(struct exchange *x)
{
	const uint8_t *type = x->in - sizeof(rte_be16_t);

	switch (type[0] << 8 | type[1]) {
	case RTE_ETHER_TYPE_ARP:
		return responder_arp(x);
	case RTE_ETHER_TYPE_IPV4:
		return responder_icmp4(x);
	case RTE_ETHER_TYPE_IPV6:
		return responder_icmp6(x);
	default:
		return 0;
	}
}

/* The Ethernet header and the padding around len bytes of layer 3. The EtherType is that of the
 * frame. Returns the length of the whole. */
static size_t frame_close(const struct exchange *x, size_t len, uint8_t *out)
{
	const struct responder_query *q = x->q;

	memcpy(out, x->to.bytes, RTE_ETHER_ADDR_LEN);
	memcpy(out + RTE_ETHER_ADDR_LEN, q->iface->mac.bytes, RTE_ETHER_ADDR_LEN);
	memcpy(out + 2 * RTE_ETHER_ADDR_LEN, x->in - sizeof(rte_be16_t), sizeof(rte_be16_t));
	len += RTE_ETHER_HDR_LEN;
	if (len < FRAME_MIN) {
		memset(out + len, 0, FRAME_MIN - len);
		len = FRAME_MIN;
	}
	return len;
}

size_t responder_answer(struct responder *r, const struct responder_query *q, uint64_t now_ns,
			uint8_t *out, size_t room)
{
	struct exchange x = {.r = r,
			     .q = q,
			     .now_ns = now_ns,
			     .out = out,
			     .room = room,
			     .count = &r->stats.unanswered};
	size_t len = exchange_open(&x) ? answer_l3(&x) : 0;

	(*x.count)++;
	return len ? frame_close(&x, len, out) : 0;
}
