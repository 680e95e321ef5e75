/* SPDX-License-Identifier: BSD-3-Clause */
/* Flooding fills the transmit vectors: what leaves meanwhile has been counted. */
#include "bridge_slow.h"
#include "bridge_testing.h"

#define FRAME 60

static struct testing_bridges *f;
static uint64_t left[TESTING_PORTS]; /* packets, by port */
static unsigned flushes;

void __wrap_tx_flush(struct worker *w, uint16_t port);

/* Whoever reads the counters at this moment must not find less than what leaves: it may not be
 * taken, and is taken off them then. */
void __wrap_tx_flush(struct worker *w, uint16_t port)
{
	for (unsigned p = 0; p < TESTING_PORTS; p++) {
		const struct iface_stats *s = &w->stats->iface[f->tables->p[p]->id];
		struct tx_vector *v = &w->tx[port];

		if (f->tables->p[p]->port != port)
			continue;
		left[p] += v->n;
		assert_true(s->tx_packets >= left[p]);
		assert_true(s->tx_bytes >= left[p] * FRAME);
		rte_pktmbuf_free_bulk(v->pkts, v->n);
		v->n = 0;
		flushes++;
	}
}

/* From p0, for a host that nobody knows. */
static void flood(unsigned n)
{
	const uint8_t frame[FRAME] = {2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0, 9, 0x88, 0xb5};

	for (unsigned i = 0; i < n; i++)
		testing_put(f->w, NODE_bridge_input, testing_packet(frame, sizeof(frame), 0),
			    f->tables->p[0]->id, 0);
	TESTING_NODE(bridge_input)(f->w, f->w->in[NODE_bridge_input]);
}

static void counted_before_they_leave(void **state)
{
	struct bridge *b;

	f = testing_bridges_create(100);
	b = testing_bridge(f, "br0", (struct bridge_conf){0});
	for (unsigned p = 0; p < TESTING_PORTS; p++)
		testing_member(f, b, p);
	flood(BURST_MAX / 2);
	assert_int_equal(flushes, 0);
	flood(BURST_MAX); /* the vectors are full half-way */
	assert_int_equal(flushes, TESTING_PORTS - 1);
	for (unsigned p = 1; p < TESTING_PORTS; p++) {
		const struct iface_stats *s = &f->w->stats->iface[f->tables->p[p]->id];

		assert_int_equal(s->tx_packets, BURST_MAX * 3 / 2);
		assert_int_equal(s->tx_bytes, BURST_MAX * 3 / 2 * FRAME);
		assert_int_equal(left[p], BURST_MAX);
	}
	testing_bridges_destroy(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(counted_before_they_leave)};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
