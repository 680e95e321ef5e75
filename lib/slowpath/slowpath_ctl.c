/* SPDX-License-Identifier: BSD-3-Clause */
#include "slowpath_ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "adj.h"
#include "punt.h"
#include "responder.h"
#include "route_ctl.h"
#include "router.h"
#include "worker_ctl.h"

#define POLL_INTERVAL_US 1000
#define POLLS_IN_VAIN    20 /* after which the workers have to ring */
#define POLL_BURST       64
#define POLL_BURSTS_MAX  16 /* of one worker in one turn: the other duties must come round */
#define FRAME_MAX        16384

struct slowpath {
	struct router *r;
	struct responder *responder;
	struct event *timer; /* while packets come */
	struct event *rung;
	struct doorbell bell;
	unsigned in_vain;               /* polls in a row that brought nothing */
	struct responder_stats cleared; /* what stood at the last clear */
	unsigned clears;                /* the clears of the workers' counters, as last seen */
	uint8_t frame[FRAME_MAX];       /* a chained one, in a row */
	uint8_t answer[FRAME_MAX];
};

static bool is_local(void *ctx, const struct ip_addr *addr)
{
	const struct slowpath *s = ctx;

	return iface_by_addr(s->r->ifaces, addr) != NULL;
}

static const struct ip_addr *first_address(void *ctx, enum ip_family family)
{
	const struct iface_table *ifaces = ((struct slowpath *)ctx)->r->ifaces;

	for (const struct iface *iface = NULL; (iface = iface_next(ifaces, iface));) {
		for (unsigned j = 0; j < iface->n_addrs; j++) {
			const struct ip_addr *addr = &iface->addrs[j].addr;

			if (addr->family == family && !ip_addr_is_link_local6(addr))
				return addr;
		}
	}
	return NULL;
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

	if (reason == PUNT_options || reason == PUNT_kernel || reason == PUNT_bridge)
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
		     uint64_t now_ns)
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

	if (iface->gone || pkt->pkt_len > FRAME_MAX || !why_of(meta, &q.why))
		return 0;
	q.frame = rte_pktmbuf_read(pkt, 0, pkt->pkt_len, s->frame);
	return responder_answer(s->responder, &q, now_ns, s->answer, sizeof(s->answer));
}

/* The bytes in a chain of mbufs, each as full as it can be. NULL: there are not enough. */
static struct rte_mbuf *chain_of(struct rte_mempool *pool, const uint8_t *data, size_t len)
{
	struct rte_mbuf *head = rte_pktmbuf_alloc(pool), *last = head;

	while (last) {
		uint16_t n = (uint16_t)RTE_MIN(len, (size_t)rte_pktmbuf_tailroom(last));

		memcpy(rte_pktmbuf_mtod(last, void *), data, n);
		last->data_len = n;
		head->pkt_len += n;
		data += n;
		len -= n;
		if (!len)
			return head;
		last->next = rte_pktmbuf_alloc(pool);
		last = last->next;
		head->nb_segs += last != NULL;
	}
	rte_pktmbuf_free(head);
	return NULL;
}

/* A bridge has no port of its own: any pool will do. NULL: there are no ports. */
static struct rte_mempool *pool_of(const struct slowpath *s, const struct iface *iface)
{
	const struct port *port = port_by_id(s->r->ports, iface->port);

	return port ? port->pool : port_pool_any(s->r->ports);
}

/* Give the answer to the first worker, to be sent by the interface that the packet came in by; a
 * port that cannot send chains is port_tx's to know. False: no mbufs for it, or the worker's ring
 * is full. */
static bool inject(struct slowpath *s, const struct punt_meta *in, size_t len)
{
	const struct iface *iface = s->r->ifaces->ifaces[in->iface];
	struct rte_mempool *pool = pool_of(s, iface);
	struct rte_mbuf *pkt = pool ? chain_of(pool, s->answer, len) : NULL;
	struct worker *worker = s->r->workers->workers[0];

	if (!pkt)
		return false;
	*punt_meta(pkt) = (struct punt_meta){.iface = in->iface, .priority = in->priority};
	if (rte_ring_sp_enqueue(worker->inject_ring, pkt)) {
		rte_pktmbuf_free(pkt);
		return false;
	}
	doorbell_ring(&worker->bell);
	return true;
}

static void handle(struct slowpath *s, struct rte_mbuf *pkt, uint64_t now_ns)
{
	const struct punt_meta meta = *punt_meta(pkt);
	size_t len = answer(s, pkt, &meta, now_ns);

	/* First, so that its mbufs are there for the answer. */
	rte_pktmbuf_free(pkt);
	if (!len)
		s->r->workers->own->drop[DROP_no_control]++;
	else if (!inject(s, &meta, len))
		s->r->workers->own->drop[DROP_inject_full]++;
}

/* Follow `clear stats`. Nothing is counted between the clear and here: it is called before packets
 * are handled, and before counters are read, by the same thread. */
static void follow_clear(struct slowpath *s)
{
	if (s->clears == s->r->workers->clears)
		return;
	s->clears = s->r->workers->clears;
	s->cleared = *responder_stats(s->responder);
}

void slowpath_stats(struct slowpath *s, struct responder_stats *out)
{
	const uint64_t *cleared = (const uint64_t *)&s->cleared;
	uint64_t *counters = (uint64_t *)out;

	follow_clear(s);
	*out = *responder_stats(s->responder);
	for (size_t i = 0; i < sizeof(*out) / sizeof(*counters); i++)
		counters[i] -= cleared[i];
}

unsigned slowpath_poll(struct slowpath *s, uint64_t now_ns)
{
	unsigned packets = 0;

	follow_clear(s);
	for (unsigned i = 0; i < s->r->workers->n; i++) {
		struct rte_ring *ring = s->r->workers->workers[i]->punt_ring;

		for (int bursts = 0; bursts < POLL_BURSTS_MAX; bursts++) {
			struct rte_mbuf *pkts[POLL_BURST];
			unsigned n =
				rte_ring_sc_dequeue_burst(ring, (void **)pkts, POLL_BURST, NULL);

			for (unsigned j = 0; j < n; j++)
				handle(s, pkts[j], now_ns);
			packets += n;
			if (n < POLL_BURST)
				break;
		}
	}
	return packets;
}

static unsigned poll_now(struct slowpath *s)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return slowpath_poll(s, (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	const struct timeval interval = {.tv_usec = POLL_INTERVAL_US};
	struct slowpath *s = ctx;

	s->in_vain = poll_now(s) ? 0 : s->in_vain + 1;
	if (s->in_vain >= POLLS_IN_VAIN) {
		doorbell_arm(&s->bell);
		if (!poll_now(s))
			return;
		s->in_vain = 0;
	}
	event_add(s->timer, &interval);
}

/* The first packet after a quiet time. */
static void on_bell(evutil_socket_t fd, short what, void *ctx)
{
	struct slowpath *s = ctx;

	doorbell_disarm(&s->bell);
	s->in_vain = 0;
	on_timer(fd, what, s);
}

struct slowpath *slowpath_create(struct event_base *base, struct router *r, struct error *err)
{
	const struct timeval interval = {.tv_usec = POLL_INTERVAL_US};
	static const struct responder_router about = {is_local, first_address};
	struct slowpath *s = calloc(1, sizeof(*s));

	if (!s) {
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	s->r = r;
	s->responder = responder_create(&about, s);
	s->timer = event_new(base, -1, 0, on_timer, s);
	if (!doorbell_open(&s->bell))
		s->rung = event_new(base, s->bell.fd, EV_READ | EV_PERSIST, on_bell, s);
	if (!s->responder || !s->timer || !s->rung || event_add(s->rung, NULL) ||
	    event_add(s->timer, &interval)) {
		slowpath_destroy(s);
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	worker_set_punt_bell(r->workers, &s->bell);
	return s;
}

void slowpath_destroy(struct slowpath *s)
{
	if (!s)
		return;
	if (s->timer)
		event_free(s->timer);
	if (s->rung)
		event_free(s->rung);
	worker_set_punt_bell(s->r->workers, NULL);
	doorbell_close(&s->bell);
	responder_destroy(s->responder);
	free(s);
}
