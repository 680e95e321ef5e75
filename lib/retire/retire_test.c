/* SPDX-License-Identifier: BSD-3-Clause */
/* The id of an interface that goes is taken until the rings of the workers have passed. */
#include "bridge_testing.h"
#include "retire.h"
#include "worker_ctl.h"

static struct testing_bridges *f;
static struct worker_set set;
static struct iface *p0;
static uint16_t id;

static int setup(void **state)
{
	f = testing_bridges_create(100);
	f->w->inject_ring =
		rte_ring_create("inject", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	assert_non_null(f->w->inject_ring);
	set = (struct worker_set){.workers = &f->w, .n = 1};
	f->r.workers = &set;
	f->r.linux_control = true;
	p0 = f->tables->p[0];
	id = p0->id;
	return 0;
}

static int teardown(void **state)
{
	retired_free_all(&f->r);
	rte_ring_free(f->w->inject_ring);
	testing_bridges_destroy(f);
	return 0;
}

static void retire(void)
{
	struct retired *retired = retired_new(&f->r);

	assert_non_null(retired);
	retired_begin(&f->r, retired, p0);
}

static bool is_over(void)
{
	retired_poll(&f->r);
	return !f->r.retired;
}

/* A late report would be learned for the next interface with the id. */
static void no_report_outlives_the_id(void **state)
{
	const struct mac_addr host = testing_mac(1);
	const struct mac_addr mac = testing_mac(0xff00);
	const struct bridge_member_conf conf = BRIDGE_MEMBER_DEFAULT;
	struct bridge *b = testing_bridge(f, "br0", (struct bridge_conf){0});
	struct rte_ether_addr ether;
	struct iface *next;

	testing_member(f, b, 0);
	memcpy(&ether, &host, sizeof(ether));
	assert_true(learn_put(f->w->learn, fdb_key(&ether, b->fids[0]), id, 0));
	retire();
	assert_false(is_over());
	doorbell_ring(f->w->learn->bell);
	testing_bridges_turn(f);
	assert_true(is_over());
	next = iface_add(f->r.ifaces, "next", 10, &mac, 1500, NULL);
	assert_int_equal(next->id, id);
	assert_int_equal(bridge_member_add(f->t, b, next, &conf, NULL), 0);
	testing_bridges_turn(f);
	assert_int_equal(rte_ring_count(f->w->learn->ring), 0);
	assert_false(bridge_fdb_get(f->t, b, &host, 0, &(struct bridge_entry){0}));
}

/* What is put into them later does not count. */
static void packets_on_their_way(void **state)
{
	struct rte_ring *rings[] = {f->w->punt_ring, f->w->inject_ring};
	void *out, *pkt = &rings;

	for (unsigned i = 0; i < RTE_DIM(rings); i++)
		assert_int_equal(rte_ring_enqueue(rings[i], pkt), 0);
	retire();
	for (unsigned i = 0; i < RTE_DIM(rings); i++) {
		assert_int_equal(rte_ring_enqueue(rings[i], pkt), 0);
		assert_false(is_over());
		assert_int_equal(rte_ring_dequeue(rings[i], &out), 0);
	}
	assert_true(is_over());
	for (unsigned i = 0; i < RTE_DIM(rings); i++)
		assert_int_equal(rte_ring_dequeue(rings[i], &out), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_report_outlives_the_id),
		TEST(packets_on_their_way),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
