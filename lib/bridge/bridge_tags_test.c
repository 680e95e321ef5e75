/* SPDX-License-Identifier: BSD-3-Clause */
/* A member with two tags of its own, in a bridge that becomes VLAN-aware. */
#include "bridge_slow.h"
#include "bridge_testing.h"

#include <errno.h>

#include "iface_vlans.h"

#define VID   7
#define FRAME 80

static struct testing_bridges *f;
static struct bridge *b;
static struct iface *inner; /* p0.5.6 */

static struct iface *vlan_on(struct iface *parent, const char *name, uint16_t vid)
{
	struct iface_vlan v = {.name = name, .parent = parent, .vid = vid, .tpid = VLAN_TPID_8021Q};
	struct iface *iface = iface_vlan_add(f->r.ifaces, &v, NULL);

	assert_non_null(iface);
	return iface;
}

/* br0 with p0.5.6, p1 and p2. */
static int setup(void **state)
{
	const struct bridge_member_conf conf = BRIDGE_MEMBER_DEFAULT;

	f = testing_bridges_create(100);
	b = testing_bridge(f, "br0", (struct bridge_conf){.in_kernel = true});
	inner = vlan_on(vlan_on(f->tables->p[0], "p0.5", 5), "p0.5.6", 6);
	assert_int_equal(bridge_member_add(f->t, b, inner, &conf, NULL), 0);
	testing_member(f, b, 1);
	testing_member(f, b, 2);
	return 0;
}

static int teardown(void **state)
{
	testing_bridges_destroy(f);
	return 0;
}

static int set_aware(bool in_kernel, bool aware, struct error *err)
{
	struct bridge_conf conf = *bridge_conf(b);

	conf.in_kernel = in_kernel;
	conf.vlan_aware = aware;
	return bridge_set(f->t, b, &conf, err);
}

/* It leaves by p0.5.6 with a tag, by the others without. */
static void add_vlan(void)
{
	assert_int_equal(bridge_vlan_add(f->t, b, inner, VID, VID, 0, NULL), 0);
	for (unsigned p = 1; p < 3; p++)
		assert_int_equal(bridge_vlan_add(f->t, b, f->tables->p[p], VID, VID,
						 BRIDGE_VLAN_PVID | BRIDGE_VLAN_UNTAGGED, NULL),
				 0);
}

/* A broadcast that came in by p1. */
static void flood(void)
{
	const uint8_t frame[FRAME] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 8, 6};

	bridge_from_member(f->w, testing_packet(frame, sizeof(frame), 0),
			   (struct pkt_meta){.iface = f->tables->p[1]->id, .l2_len = 14});
}

static void of_linux(void **state)
{
	const struct bridge_member *m = bridge_slot(b->fwd, inner->id);

	assert_int_equal(m->state, BRIDGE_FORWARDING);
	assert_int_equal(set_aware(true, true, NULL), 0);
	add_vlan();
	m = bridge_slot(b->fwd, inner->id);
	assert_int_equal(m->state, BRIDGE_DISABLED);
	assert_int_equal(bridge_slot(b->fwd, f->tables->p[1]->id)->state, BRIDGE_FORWARDING);
	flood();
	assert_int_equal(f->w->tx[inner->port].n, 0);
	assert_int_equal(f->w->tx[f->tables->p[2]->port].n, 1);
	assert_int_equal(set_aware(true, false, NULL), 0);
	assert_int_equal(bridge_slot(b->fwd, inner->id)->state, BRIDGE_FORWARDING);
	flood();
	assert_int_equal(f->w->tx[inner->port].n, 1);
}

static void of_the_configuration(void **state)
{
	struct error err;

	assert_int_equal(set_aware(false, true, &err), -EINVAL);
	assert_string_equal(err.msg, "bridge br0 cannot become VLAN-aware: its member p0.5.6 has "
				     "two tags, and no room for that of a VLAN");
	assert_false(bridge_conf(b)->vlan_aware);
	assert_false(b->fwd->vlan_aware);
	bridge_member_del(f->t, inner);
	assert_int_equal(set_aware(false, true, &err), 0);
}

/* Whatever the control thread has let through: no worker writes behind its tags. */
static void workers_have_room_for_three(void **state)
{
	static const uint8_t tags[] = {0x81, 0, 0, 5, 0x81, 0, 0, 6, 0x81, 0, 0, VID};
	struct rte_mbuf *pkt;

	assert_int_equal(set_aware(true, true, NULL), 0);
	add_vlan();
	b->fwd->member[b->fwd->slot[inner->id] - 1].state = BRIDGE_FORWARDING;
	flood();
	assert_int_equal(f->w->tx[inner->port].n, 1);
	pkt = f->w->tx[inner->port].pkts[0];
	assert_memory_equal(rte_pktmbuf_mtod_offset(pkt, const void *, 12), tags, sizeof(tags));
	assert_int_equal(pkt->pkt_len, FRAME + sizeof(tags));
	assert_int_equal(f->w->tx[f->tables->p[2]->port].n, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_linux),
		TEST(of_the_configuration),
		TEST(workers_have_room_for_three),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
