/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Learning and ageing, in the event loop: what the workers have reported, a slice at a time, so
 * that clients and netlink have their turn between; and the clock of the MAC table. Whatever is
 * reported, a turn takes a few hundred microseconds; what finds no room in the rings meanwhile
 * comes again.
 */
#include "bridge_learn.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <event2/event.h>
#include <rte_cycles.h>
#include <rte_malloc.h>

#include "bridge_own.h"
#include "log.h"
#include "node.h"
#include "rcu.h"

#define SLICE_REPORTS 1024  /* of one turn, over all workers */
#define SLICE_PLACES  30000 /* looked at for ageing, likewise */
#define TICK_MS       (BRIDGE_TICK_CS * 10)
#define TICKS_MAX     32 /* made up for at once, when the thread was held up */
#define FULL_SAY_MS   60000

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void say_full(struct bridge_table *t)
{
	uint64_t now = now_ms();

	t->full_count++;
	if (t->full_ms && now - t->full_ms < FULL_SAY_MS)
		return;
	t->full_ms = now;
	log_warn("the table of MAC addresses is full (limits: fdb: %u): %llu time(s) an address "
		 "was not learned; its frames are flooded",
		 t->limit, (unsigned long long)t->full_count);
	t->full_count = 0;
}

/* The member may learn it there, as far as it is up to it. */
static bool is_due(const struct bridge_port *port, const struct fid_owner *owner)
{
	if (!port || !owner->bridge || port->bridge != owner->bridge || !port->running)
		return false;
	if (!(port->conf.flags & BRIDGE_LEARN) ||
	    (port->conf.state != BRIDGE_LEARNING && port->conf.state != BRIDGE_FORWARDING))
		return false;
	return !port->bridge->conf.vlan_aware == !owner->vid &&
	       (!owner->vid || bridge_vlan_has(port->vlans.member, owner->vid));
}

static void tell(struct bridge_table *t, const struct learn_report *report, struct iface *from)
{
	struct bridge_entry out;
	struct fdb_entry e;

	if (from ? !t->listener.moved : !t->listener.learned)
		return;
	if (!fdb_get(t->fdb, report->key, &e))
		return;
	entry_describe(t, &e, &out);
	if (from)
		t->listener.moved(t->listener.ctx, &out, from);
	else
		t->listener.learned(t->listener.ctx, &out);
}

/* Of a member: it is there, whoever else says so. */
static bool is_of_member(const struct bridge *b, uint64_t key)
{
	for (unsigned i = 0; i < b->n_macs; i++)
		if (!((b->macs[i] ^ key) >> 16))
			return true;
	return false;
}

void learn_one(struct bridge_table *t, const struct learn_report *report)
{
	const struct fid_owner *owner = &t->fids[(uint16_t)report->key];
	struct bridge_port *port = t->port_of[report->iface];
	struct bridge_counts *counts;
	struct fdb_entry was = {0};
	bool stood;
	int ret;

	if (!is_due(port, owner))
		return;
	counts = &owner->bridge->counts;
	stood = fdb_get(t->fdb, report->key, &was);
	if (stood && (was.flags || was.iface == report->iface))
		return;
	if (is_of_member(owner->bridge, report->key))
		return;
	if ((port->conf.max_macs && port->learned >= port->conf.max_macs) ||
	    (!stood && owner->bridge->conf.max_macs &&
	     counts->learned >= owner->bridge->conf.max_macs)) {
		counts->limited++;
		return;
	}
	ret = entry_set(t, report->key, port->iface, 0);
	if (ret) {
		counts->full++;
		say_full(t);
		return;
	}
	counts->moves += stood;
	tell(t, report, stood ? t->r->ifaces->ifaces[was.iface] : NULL);
}

static void come_back(struct bridge_table *t)
{
	const struct timeval at_once = {0};

	event_add(t->more, &at_once);
}

/* A share of each ring. True: there is more. */
static bool drain(struct bridge_table *t)
{
	unsigned share = RTE_MAX(SLICE_REPORTS / RTE_MAX(t->n_learn, 1u), 64u);
	struct learn_report reports[64];
	bool more = false;

	for (unsigned i = 0; i < t->n_learn; i++) {
		unsigned left = 1;

		for (unsigned done = 0; left && done < share;) {
			unsigned n = rte_ring_sc_dequeue_burst_elem(t->learn[i]->ring, reports,
								    sizeof(*reports),
								    RTE_DIM(reports), &left);

			for (unsigned k = 0; k < n; k++)
				learn_one(t, &reports[k]);
			done += RTE_MAX(n, 1u);
		}
		more = more || left;
	}
	return more;
}

static bool is_quiet(const struct bridge_table *t)
{
	for (unsigned i = 0; i < t->n_learn; i++) {
		const struct rte_ring *ring = t->learn[i]->ring;

		/* rte_ring_empty() is no atomic look. */
		if (__atomic_load_n(&ring->prod.tail, __ATOMIC_ACQUIRE) != ring->cons.tail)
			return false;
	}
	return true;
}

static void work(struct bridge_table *t)
{
	bool more = drain(t);

	if (!fdb_age(t->fdb, SLICE_PLACES))
		more = true;
	if (more) {
		come_back(t);
		return;
	}
	doorbell_arm(&t->bell);
	if (!is_quiet(t)) {
		doorbell_disarm(&t->bell);
		come_back(t);
	}
}

static void on_bell(evutil_socket_t fd, short what, void *ctx)
{
	struct bridge_table *t = ctx;

	doorbell_disarm(&t->bell);
	work(t);
}

static void on_more(evutil_socket_t fd, short what, void *ctx)
{
	work(ctx);
}

static void on_clock(evutil_socket_t fd, short what, void *ctx)
{
	struct bridge_table *t = ctx;
	uint64_t now = now_ms();

	if (now - t->clock_ms > TICKS_MAX * TICK_MS)
		t->clock_ms = now - TICKS_MAX * TICK_MS;
	for (; now - t->clock_ms >= TICK_MS; t->clock_ms += TICK_MS)
		fdb_tick(t->fdb);
	publish_stale(t);
	if (!fdb_age(t->fdb, SLICE_PLACES))
		come_back(t);
}

static struct bridge_learn *learn_create(struct worker *w, struct doorbell *bell)
{
	struct bridge_learn *learn =
		rte_zmalloc_socket("learn", sizeof(*learn), RTE_CACHE_LINE_SIZE, w->numa_node);
	char name[RTE_RING_NAMESIZE];

	if (!learn)
		return NULL;
	snprintf(name, sizeof(name), "learn%u", w->id);
	learn->ring = rte_ring_create_elem(name, sizeof(struct learn_report), LEARN_RING_SIZE,
					   w->numa_node, RING_F_SP_ENQ | RING_F_SC_DEQ);
	learn->bell = bell;
	learn->shift = 16;
	learn->recent_ticks = (uint32_t)((rte_get_tsc_hz() * RECENT_MS / 1000) >> learn->shift);
	if (!learn->ring) {
		rte_free(learn);
		return NULL;
	}
	return learn;
}

int bridge_table_start(struct bridge_table *t, struct event_base *base,
		       struct worker *const *workers, unsigned n, struct error *err)
{
	const struct timeval tick = {.tv_usec = TICK_MS * 1000};

	t->learn = calloc(n, sizeof(struct bridge_learn *));
	if (!t->learn || doorbell_open(&t->bell))
		return error_set(err, -ENOMEM, "no memory to learn MAC addresses");
	for (; t->n_learn < n; t->n_learn++) {
		struct worker *w = workers[t->n_learn];
		struct bridge_learn *learn = learn_create(w, &t->bell);

		if (!learn)
			return error_set(err, -ENOMEM, "no memory to learn MAC addresses");
		t->learn[t->n_learn] = learn;
		w->fdb = t->fdb;
		w->learn = learn;
	}
	t->clock_ms = now_ms();
	t->rung = event_new(base, t->bell.fd, EV_READ | EV_PERSIST, on_bell, t);
	t->clock = event_new(base, -1, EV_PERSIST, on_clock, t);
	t->more = event_new(base, -1, 0, on_more, t);
	if (!t->rung || !t->clock || !t->more || event_add(t->rung, NULL) ||
	    event_add(t->clock, &tick))
		return error_set(err, -ENOMEM, "no memory to learn MAC addresses");
	doorbell_arm(&t->bell);
	return 0;
}

void learn_stop(struct bridge_table *t)
{
	if (t->rung)
		event_free(t->rung);
	if (t->clock)
		event_free(t->clock);
	if (t->more)
		event_free(t->more);
	while (t->n_learn) {
		struct bridge_learn *learn = t->learn[--t->n_learn];

		rte_ring_free(learn->ring);
		rte_free(learn);
	}
	free(t->learn);
	doorbell_close(&t->bell);
}
