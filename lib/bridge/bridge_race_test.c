/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker that bridges, while the control thread learns what it reports, moves hosts, flushes,
 * and lets a member come and go: whatever moment a frame meets, it goes where it had to just before
 * or after. No frame between known hosts is lost or goes elsewhere, none returns by the port it
 * came from, and none comes out twice of one port.
 *
 *   p0 sender      p1 STANDING (static)      p2 LEARNED      p3, now and then, GUEST (static)
 */
#include <pthread.h>

#include "bridge_testing.h"

#define BURSTS  20000
#define CHANGES 1000
#define FRAME   60
#define N       12 /* frames of a burst */

enum host { STANDING, MOVING, LEARNED, GUEST, UNKNOWN, HOSTS };

static struct testing_bridges *f;
static struct bridge *b;
static uint32_t changes; /* atomic: of the control thread */
static bool done;        /* atomic: the worker has seen enough */
static uint64_t wrong, alone, flooded;

#define BIT(port) (1u << (port))

/* Whether a frame from p0 to the host may have come out of these ports. */
static bool is_right(enum host dst, unsigned out)
{
	/* Flooded: to those that are always there, and maybe the third. */
	bool flood = (out & ~BIT(3)) == (BIT(1) | BIT(2));

	switch (dst) {
	case STANDING:
		return out == BIT(1);
	case MOVING:
		return out == BIT(1) || out == BIT(2) || flood;
	case LEARNED:
		return out == BIT(2) || flood;
	case GUEST:
		return out == BIT(3) || flood;
	default:
		return flood;
	}
}

static struct rte_mbuf *make(unsigned src, enum host dst, uint32_t number)
{
	const struct mac_addr from = testing_mac(src), to = testing_mac(dst);
	uint8_t frame[FRAME] = {0};

	memcpy(frame, to.bytes, 6);
	memcpy(frame + 6, from.bytes, 6);
	frame[12] = TESTING_ETHERTYPE >> 8;
	frame[13] = TESTING_ETHERTYPE & 0xff;
	memcpy(frame + FRAME - 4, &number, 4);
	return testing_packet(frame, sizeof(frame), 0);
}

static void collect(unsigned out[N])
{
	struct worker *w = f->w;

	for (unsigned p = 0; p < TESTING_PORTS; p++) {
		struct tx_vector *v = &w->tx[10 + p];

		for (uint16_t i = 0; i < v->n; i++) {
			uint32_t number;

			memcpy(&number, rte_pktmbuf_mtod_offset(v->pkts[i], void *, FRAME - 4), 4);
			wrong += out[number] & BIT(p);
			out[number] |= BIT(p);
		}
		rte_pktmbuf_free_bulk(v->pkts, v->n);
		v->n = 0;
	}
	w->n_tx_dirty = 0;
	w->in[NODE_port_tx]->n = 0;
	wrong += w->in[NODE_drop]->n + w->in[NODE_punt]->n;
	rte_pktmbuf_free_bulk(w->in[NODE_drop]->pkts, w->in[NODE_drop]->n);
	w->in[NODE_drop]->n = 0;
}

static void bridge_burst(uint32_t turn)
{
	unsigned out[N] = {0};

	for (uint32_t i = 0; i < N; i++)
		/* Now and then all of a burst go to one. */
		testing_put(f->w, NODE_bridge_input,
			    make(HOSTS + turn % 5000, turn % 4 ? i % HOSTS : turn / 4 % HOSTS, i),
			    TESTING_ID(0), 0);
	TESTING_NODE(bridge_input)(f->w, f->w->in[NODE_bridge_input]);
	collect(out);
	for (uint32_t i = 0; i < N; i++) {
		enum host dst = turn % 4 ? i % HOSTS : turn / 4 % HOSTS;

		wrong += !is_right(dst, out[i]);
		alone += dst == LEARNED && out[i] == BIT(2);
		flooded += dst == LEARNED && out[i] != BIT(2);
	}
	/* It says where it is; to one whose port that is not. */
	memset(out, 0, sizeof(out));
	testing_put(f->w, NODE_bridge_input, make(LEARNED, STANDING, 0), TESTING_ID(2), 0);
	TESTING_NODE(bridge_input)(f->w, f->w->in[NODE_bridge_input]);
	collect(out);
	wrong += out[0] != BIT(1);
}

static void *worker_thread(void *arg)
{
	/* On a busy machine all changes may come between two bursts: then it wants more. */
	for (uint32_t n = 0; n < BURSTS || !alone || !flooded ||
			     __atomic_load_n(&changes, __ATOMIC_RELAXED) < CHANGES;
	     n++) {
		bridge_burst(n);
		rcu_reader_quiescent(f->r.rcu, 0);
	}
	testing_reader_done(f->r.rcu, 0);
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void guest(bool comes)
{
	const struct mac_addr mac = testing_mac(GUEST);

	if (comes) {
		testing_member(f, b, 3);
		assert_int_equal(
			bridge_fdb_add(f->t, b, f->tables->p[3], &mac, 0, FDB_STATIC, NULL), 0);
	} else {
		bridge_member_del(f->t, f->tables->p[3]);
	}
}

static void change(uint32_t i)
{
	testing_bridges_turn(f);
	testing_seen(f, MOVING, b->fids[0], 1 + i % 2);
	if (i % 16 == 0)
		bridge_fdb_flush(f->t, b, i % 32 ? f->tables->p[2] : NULL, 0, false);
	if (i % 4 == 0)
		guest(i % 8 == 0);
	if (i % 64 == 1) {
		fdb_tick(f->t->fdb);
		fdb_age(f->t->fdb, UINT32_MAX);
	}
	rcu_reclaim(f->r.rcu);
	__atomic_store_n(&changes, i, __ATOMIC_RELAXED);
}

static void every_frame_meets_a_right_moment(void **state)
{
	struct bridge_counts counts;
	pthread_t thread;

	rcu_reader_online(f->r.rcu, 0);
	assert_int_equal(pthread_create(&thread, NULL, worker_thread, NULL), 0);
	for (uint32_t i = 1; !__atomic_load_n(&done, __ATOMIC_ACQUIRE); i++)
		change(i);
	pthread_join(thread, NULL);
	rcu_reader_offline(f->r.rcu, 0);
	assert_int_equal(wrong, 0);
	bridge_counts(b, &counts);
	print_message("alone %lu, flooded %lu, moves %lu, changes %u\n", alone, flooded,
		      counts.moves, changes);
	assert_true(counts.moves > 0);
}

static int setup(void **state)
{
	const struct mac_addr mac = testing_mac(STANDING);

	testing_eal_setup(state);
	*state = f = testing_bridges_create(20000);
	b = testing_bridge(f, "br0",
			   (struct bridge_conf){
				   .ageing_cs = 100, .has_mac = true, .mac = testing_mac(0xbb00)});
	for (unsigned p = 0; p < 3; p++)
		testing_member(f, b, p);
	assert_int_equal(bridge_fdb_add(f->t, b, f->tables->p[1], &mac, 0, FDB_STATIC, NULL), 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_meets_a_right_moment),
	};

	testing_simd();
	return cmocka_run_group_tests(tests, setup, testing_bridges_teardown);
}
