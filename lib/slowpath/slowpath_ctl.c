/* SPDX-License-Identifier: BSD-3-Clause */
#include "slowpath_ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "adj.h"
#include "punt.h"
#include "rcu.h"
#include "responder.h"
#include "route_ctl.h"
#include "router.h"
#include "worker_ctl.h"

#define POLL_INTERVAL_US 1000
#define POLL_BURST       64
#define POLL_BURSTS_MAX  16 /* of one worker in one turn: the other duties must come round */
#define FRAME_MAX        16384

struct slowpath {
	struct router *r;
	struct responder *responder;
	struct event *timer;
	uint8_t frame[FRAME_MAX]; /* a chained one, in a row */
	uint8_t answer[FRAME_MAX];
};

static bool is_local(void *ctx, const struct ip_addr *addr)
{
	const struct slowpath *s = ctx;

	return iface_by_addr(s->r->ifaces, addr) != NULL;
}

/* What the responder is asked; false when it has no answer to such packets. */
static bool why_of(const struct punt_meta *meta, enum responder_why *why)
{
	static const enum responder_why by_reason[PUNT_REASON_MAX] = {
		[PUNT_ethertype] = RESPOND_ETHERTYPE,
		[PUNT_scope] = RESPOND_SCOPE,
		[PUNT_local] = RESPOND_LOCAL,
		[PUNT_multicast] = RESPOND_MULTICAST,
		[PUNT_ttl] = RESPOND_TTL,
		[PUNT_mtu] = RESPOND_MTU,
		[PUNT_glean] = RESPOND_GLEAN,
		[PUNT_no_route] = RESPOND_NO_ROUTE,
	};
	enum punt_reason reason = punt_info[meta->cls].reason;

	if (reason == PUNT_options)
		return false;
	*why = by_reason[reason];
	if (reason == PUNT_no_route && meta->kind == ADJ_UNREACHABLE)
		*why = RESPOND_UNREACHABLE;
	if (reason == PUNT_no_route && meta->kind == ADJ_PROHIBIT)
		*why = RESPOND_PROHIBIT;
	return true;
}

/* The length of the answer in s->answer, or 0. */
static size_t answer(struct slowpath *s, struct rte_mbuf *pkt, const struct punt_meta *meta,
		     uint64_t now_ns, size_t room)
{
	const struct iface *iface = s->r->ifaces->ifaces[meta->iface];
	const struct responder_iface ri = {
		.mac = iface->mac,
		.mtu = iface->mtu,
		.addrs = iface->addrs,
		.n_addrs = iface->n_addrs,
	};
	struct responder_query q = {
		.iface = &ri, .out_mtu = meta->mtu, .len = pkt->pkt_len, .l2_len = meta->l2_len};

	if (pkt->pkt_len > FRAME_MAX || !why_of(meta, &q.why))
		return 0;
	q.frame = rte_pktmbuf_read(pkt, 0, pkt->pkt_len, s->frame);
	return responder_answer(s->responder, &q, now_ns, s->answer, room);
}

/* Give the answer to the first worker, to be sent by the interface. */
static int inject(struct slowpath *s, uint16_t iface, size_t len)
{
	const struct port *port = port_by_id(s->r->ports, s->r->ifaces->ifaces[iface]->port);
	struct rte_mbuf *pkt = rte_pktmbuf_alloc(port->pool);

	if (!pkt)
		return -ENOMEM;
	memcpy(rte_pktmbuf_append(pkt, (uint16_t)len), s->answer, len);
	*punt_meta(pkt) = (struct punt_meta){.iface = iface};
	if (rte_ring_sp_enqueue(s->r->workers->workers[0]->inject_ring, pkt)) {
		rte_pktmbuf_free(pkt);
		return -ENOSPC;
	}
	return 0;
}

static void handle(struct slowpath *s, struct rte_mbuf *pkt, uint64_t now_ns)
{
	const struct punt_meta meta = *punt_meta(pkt);
	const struct port *port = port_by_id(s->r->ports, s->r->ifaces->ifaces[meta.iface]->port);
	size_t room = RTE_MIN((size_t)FRAME_MAX, (size_t)rte_pktmbuf_data_room_size(port->pool) -
							 RTE_PKTMBUF_HEADROOM);
	size_t len = answer(s, pkt, &meta, now_ns, room);

	if (!len || inject(s, meta.iface, len))
		s->r->workers->own->drop[DROP_no_control]++;
	rte_pktmbuf_free(pkt);
}

void slowpath_poll(struct slowpath *s, uint64_t now_ns)
{
	for (unsigned i = 0; i < s->r->workers->n; i++) {
		struct rte_ring *ring = s->r->workers->workers[i]->punt_ring;

		for (int bursts = 0; bursts < POLL_BURSTS_MAX; bursts++) {
			struct rte_mbuf *pkts[POLL_BURST];
			unsigned n =
				rte_ring_sc_dequeue_burst(ring, (void **)pkts, POLL_BURST, NULL);

			for (unsigned j = 0; j < n; j++)
				handle(s, pkts[j], now_ns);
			if (n < POLL_BURST)
				break;
		}
	}
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct slowpath *s = ctx;
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	slowpath_poll(s, (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec);
	rcu_reclaim(s->r->rcu);
}

struct slowpath *slowpath_create(struct event_base *base, struct router *r, struct error *err)
{
	const struct timeval interval = {.tv_usec = POLL_INTERVAL_US};
	struct slowpath *s = calloc(1, sizeof(*s));

	if (!s) {
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	s->r = r;
	s->responder = responder_create(is_local, s);
	s->timer = event_new(base, -1, EV_PERSIST, on_timer, s);
	if (!s->responder || !s->timer || event_add(s->timer, &interval)) {
		slowpath_destroy(s);
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	return s;
}

void slowpath_destroy(struct slowpath *s)
{
	if (!s)
		return;
	if (s->timer)
		event_free(s->timer);
	responder_destroy(s->responder);
	free(s);
}
