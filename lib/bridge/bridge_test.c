/* SPDX-License-Identifier: BSD-3-Clause */
/* The control thread's side of bridges. */
#include "bridge_testing.h"
#include "iface_vlans.h"

#include <errno.h>

static const struct bridge_conf plain = {.ageing_cs = BRIDGE_AGEING_DEFAULT_CS};

static uint32_t learned(const struct bridge *b)
{
	struct bridge_counts counts;

	bridge_counts(b, &counts);
	return counts.learned;
}

static void comes_and_goes(void **state)
{
	struct testing_bridges *f = testing_bridges_create(100);
	const struct bridge_member_conf conf = BRIDGE_MEMBER_DEFAULT;
	struct bridge *b = testing_bridge(f, "br0", plain), *other;
	struct iface *p0 = f->tables->p[0], *own = bridge_iface(b);
	struct error err;

	assert_null(bridge_add(f->t, "br0", &plain, &err));
	assert_null(bridge_add(f->t, "p0", &plain, &err));
	assert_int_equal(own->kind, IFACE_BRIDGE);
	assert_int_equal(own->port, IFACE_PORT_BRIDGE);
	assert_false(bridge_is_running(b));
	assert_int_equal(own->mac.bytes[0] & 3, 2);
	p0->mtu = 1400;
	testing_member(f, b, 0);
	testing_member(f, b, 1);
	assert_true(bridge_is_running(b));
	assert_memory_equal(&own->mac, &p0->mac, 6);
	assert_int_equal(own->mtu, 1400);
	assert_int_equal(testing_behind(f, b, 0xff00, 0), -2);
	assert_true(f->r.ifaces->fwd[p0->id].flags & IFACE_FWD_MEMBER);
	other = testing_bridge(f, "br1", plain);
	assert_int_equal(bridge_member_add(f->t, b, p0, &conf, &err), -EEXIST);
	assert_int_equal(bridge_member_add(f->t, other, p0, &conf, &err), -EBUSY);
	assert_string_equal(err.msg, "p0 is a member of br0 already");
	assert_int_equal(bridge_member_add(f->t, other, own, &conf, &err), -EINVAL);
	/* The next one's address, and MTU. */
	bridge_member_del(f->t, p0);
	assert_memory_equal(&own->mac, &f->tables->p[1]->mac, 6);
	assert_int_equal(own->mtu, 1500);
	assert_int_equal(testing_behind(f, b, 0xff01, 0), -2);
	assert_int_equal(testing_behind(f, b, 0xff00, 0), -1);
	assert_false(f->r.ifaces->fwd[p0->id].flags & IFACE_FWD_MEMBER);
	assert_null(f->r.ifaces->fwd[p0->id].member);
	bridge_member_del(f->t, p0); /* of nothing */
	bridge_del(f->t, b);
	assert_null(bridge_by_name(f->t, "br0"));
	assert_false(own->gone);
	assert_null(f->r.ifaces->fwd[own->id].bridge);
	iface_del(f->r.ifaces, own);
	assert_null(bridge_of_member(f->t, f->tables->p[1]));
	assert_int_equal(bridge_member_add(f->t, other, f->tables->p[1], &conf, &err), 0);
	testing_bridges_destroy(f);
}

/* Bit X: 01-80-C2-00-00-0X is forwarded. */
static void reserved_addresses(void **state)
{
	static const struct {
		struct bridge_conf conf;
		uint16_t want;
	} c[] = {{{.stp = false}, 0x0001},
		 {{.stp = true}, 0},
		 {{.stp = true, .group_fwd = 0xffff}, 0xfff8},
		 {{.stp = true, .tpid = RTE_ETHER_TYPE_QINQ}, 0},
		 {{.stp = true, .tpid = RTE_ETHER_TYPE_QINQ, .vlan_aware = true}, 0xb801},
		 {{.stp = true, .group_fwd = 0x4008, .vlan_aware = true}, 0x4008}};
	struct testing_bridges *f = testing_bridges_create(100);
	struct bridge *b = testing_bridge(f, "br0", plain);

	for (unsigned i = 0; i < RTE_DIM(c); i++) {
		assert_int_equal(bridge_set(f->t, b, &c[i].conf, NULL), 0);
		assert_int_equal(b->fwd->reserved, c[i].want);
	}
	testing_bridges_destroy(f);
}

/* The third bridge that is in all VLANs itself: it says so, and is as before. */
static void no_room_for_own_addresses(void **state)
{
	static const char *const names[] = {"br0", "br1", "br2"};
	struct testing_bridges *f = testing_bridges_create(100);
	const struct bridge_conf aware = {.vlan_aware = true};
	struct error err;

	for (unsigned i = 0; i < RTE_DIM(names); i++) {
		struct bridge *b = testing_bridge(f, names[i], aware);

		assert_int_equal(bridge_vlan_add(f->t, b, bridge_iface(b), 1, 4094, 0, &err),
				 i < 2 ? 0 : -ENOSPC);
		assert_int_equal(bridge_vlans_of(b, bridge_iface(b), NULL, NULL), i < 2);
	}
	assert_string_equal(err.msg, "br2: no room for its own address in so many VLANs: all "
				     "bridges together have 8192");
	testing_bridges_destroy(f);
}

/* The same of one that has become VLAN-aware after it was put into them. */
static void no_room_to_become_vlan_aware(void **state)
{
	struct testing_bridges *f = testing_bridges_create(100);
	struct bridge_conf conf = {.vlan_aware = true, .ageing_cs = 100};
	struct bridge *full, *b;
	struct error err;

	for (unsigned i = 0; i < 2; i++) {
		full = testing_bridge(f, i ? "br1" : "br0", conf);
		assert_int_equal(bridge_vlan_add(f->t, full, bridge_iface(full), 1, 4094, 0, &err),
				 0);
	}
	b = testing_bridge(f, "br2", plain);
	testing_member(f, b, 0);
	assert_int_equal(bridge_vlan_add(f->t, b, bridge_iface(b), 1, 4094, 0, &err), 0);
	testing_seen(f, 1, b->fids[0], 0);
	assert_int_equal(bridge_set(f->t, b, &conf, &err), -ENOSPC);
	assert_string_equal(err.msg, "br2: no room for its own address in so many VLANs: all "
				     "bridges together have 8192");
	assert_false(bridge_conf(b)->vlan_aware || b->fwd->vlan_aware);
	assert_int_equal(bridge_conf(b)->ageing_cs, plain.ageing_cs);
	assert_int_equal(b->fids[1], 0);
	assert_int_equal(testing_behind(f, b, 1, 0), 0);
	assert_int_equal(testing_behind(f, b, 0, 0), -1);
	assert_int_equal(testing_behind(f, b, 0xff00, 0), -2);
	/* One of Linux's is so already, and separates its VLANs whatever there is room for. */
	conf.in_kernel = true;
	assert_int_equal(bridge_set(f->t, b, &conf, &err), 0);
	assert_true(b->fwd->vlan_aware);
	conf.vlan_aware = false;
	assert_int_equal(bridge_set(f->t, b, &conf, &err), 0);
	conf = (struct bridge_conf){.vlan_aware = true, .ageing_cs = 100};
	/* What it has room for. */
	assert_int_equal(bridge_vlan_del(f->t, b, bridge_iface(b), 5, 4094, &err), 0);
	assert_int_equal(bridge_set(f->t, b, &conf, &err), 0);
	assert_true(b->fwd->vlan_aware);
	testing_bridges_destroy(f);
}

/* Own addresses by hand are not those of interfaces: they can be replaced, by what they were too.
 */
static void set_by_hand(void **state)
{
	struct testing_bridges *f = testing_bridges_create(1);
	struct bridge *b = testing_bridge(f, "br0", plain);
	const struct mac_addr mac = testing_mac(5), other = testing_mac(6);
	const struct bridge_conf aware = {.vlan_aware = true};
	struct iface *self = bridge_iface(b);

	testing_member(f, b, 0);
	assert_int_equal(bridge_fdb_add(f->t, b, self, &mac, 0, FDB_STATIC, NULL), 0);
	assert_int_equal(bridge_fdb_add(f->t, b, f->tables->p[0], &mac, 0, FDB_STATIC, NULL), 0);
	assert_int_equal(testing_behind(f, b, 5, 0), 0);
	assert_int_equal(bridge_fdb_add_foreign(f->t, b, &mac, 0, true, NULL), 0);
	assert_int_equal(testing_behind(f, b, 5, 0), -2);
	/* They count when they are none of the bridge's own any more. */
	assert_int_equal(bridge_fdb_add(f->t, b, self, &other, 0, FDB_STATIC, NULL), 0);
	assert_int_equal(bridge_fdb_add_foreign(f->t, b, &other, 0, false, NULL), -ENOSPC);
	assert_int_equal(bridge_fdb_add_foreign(f->t, b, &self->mac, 0, false, NULL), -EEXIST);
	assert_int_equal(bridge_fdb_add(f->t, b, f->tables->p[0], &self->mac, 0, 0, NULL), -EEXIST);
	/* None of them is in a VLAN. */
	assert_int_equal(bridge_set(f->t, b, &aware, NULL), 0);
	assert_int_equal(bridge_set(f->t, b, &plain, NULL), 0);
	assert_int_equal(testing_behind(f, b, 5, 0), -1);
	assert_int_equal(testing_behind(f, b, 6, 0), -1);
	assert_int_equal(bridge_fdb_add(f->t, b, f->tables->p[0], &self->mac, 0, 0, NULL), -EEXIST);
	testing_bridges_destroy(f);
}

static void refused(void **state)
{
	struct testing_bridges *f = testing_bridges_create(100);
	struct bridge *b = testing_bridge(f, "br0", plain);
	struct bridge_conf conf = plain;
	const struct mac_addr group = {{1, 0, 0, 0, 0, 1}}, host = testing_mac(7);
	struct error err;

	conf.ageing_cs = 99;
	assert_int_equal(bridge_set(f->t, b, &conf, &err), -EINVAL);
	conf.ageing_cs = BRIDGE_AGEING_MAX_CS + 1;
	assert_int_equal(bridge_set(f->t, b, &conf, &err), -EINVAL);
	assert_int_equal(bridge_conf(b)->ageing_cs, BRIDGE_AGEING_DEFAULT_CS);
	conf = (struct bridge_conf){.has_mac = true, .mac = group};
	assert_null(bridge_add(f->t, "br1", &conf, &err));
	conf = (struct bridge_conf){.tpid = 0x9100};
	assert_null(bridge_add(f->t, "br1", &conf, &err));
	testing_member(f, b, 0);
	assert_int_equal(bridge_fdb_add(f->t, b, f->tables->p[0], &group, 0, 0, &err), -EINVAL);
	assert_int_equal(bridge_fdb_add(f->t, b, f->tables->p[1], &host, 0, 0, &err), -EINVAL);
	assert_int_equal(bridge_fdb_add(f->t, b, f->tables->p[0], &host, 9, 0, &err), -EINVAL);
	assert_int_equal(bridge_vlan_add(f->t, b, f->tables->p[0], 0, 1, 0, &err), -EINVAL);
	assert_int_equal(bridge_vlan_add(f->t, b, f->tables->p[0], 2, 4095, 0, &err), -EINVAL);
	assert_int_equal(bridge_vlan_add(f->t, b, f->tables->p[0], 2, 3, BRIDGE_VLAN_PVID, &err),
			 -EINVAL);
	testing_bridges_destroy(f);
}

struct told {
	unsigned learned, moved, forgotten, changed;
	struct bridge_entry last;
};

static void on_learned(void *ctx, const struct bridge_entry *e)
{
	((struct told *)ctx)->learned++;
	((struct told *)ctx)->last = *e;
}

static void on_moved(void *ctx, const struct bridge_entry *e, struct iface *from)
{
	((struct told *)ctx)->moved++;
	((struct told *)ctx)->last = *e;
}

static void on_forgotten(void *ctx, const struct bridge_entry *e)
{
	((struct told *)ctx)->forgotten++;
	((struct told *)ctx)->last = *e;
}

static void on_changed(void *ctx, struct bridge *b)
{
	((struct told *)ctx)->changed++;
}

static void listener_hears(void **state)
{
	struct testing_bridges *f = testing_bridges_create(100);
	struct bridge *b = testing_bridge(f, "br0", plain);
	uint16_t fid = b->fids[0];
	struct told told = {0};
	const struct bridge_listener listener = {.ctx = &told,
						 .learned = on_learned,
						 .moved = on_moved,
						 .forgotten = on_forgotten,
						 .changed = on_changed};
	const struct mac_addr mac = testing_mac(1);

	bridge_listen(f->t, &listener);
	testing_member(f, b, 0);
	assert_int_equal(told.changed, 1);
	testing_member(f, b, 1);
	testing_seen(f, 1, fid, 0);
	testing_seen(f, 1, fid, 0);
	assert_int_equal(told.learned, 1);
	testing_seen(f, 1, fid, 1);
	assert_int_equal(told.moved, 1);
	assert_ptr_equal(told.last.iface, f->tables->p[1]);
	/* By hand in place of it; and by hand alone is not told. */
	assert_int_equal(bridge_fdb_add(f->t, b, f->tables->p[0], &mac, 0, FDB_STATIC, NULL), 0);
	assert_int_equal(told.forgotten, 1);
	assert_int_equal(bridge_fdb_del(f->t, b, &mac, 0, NULL), 0);
	assert_int_equal(told.forgotten, 1);
	testing_seen(f, 2, fid, 1);
	bridge_member_del(f->t, f->tables->p[1]);
	assert_int_equal(told.forgotten, 2);
	assert_memory_equal(told.last.mac.bytes, testing_mac(2).bytes, 6);
	/* Own addresses are not told at all, whatever stood there. */
	testing_seen(f, 0xff01, fid, 0);
	assert_int_equal(told.learned, 3);
	f->tables->p[0]->mac = testing_mac(0xff01);
	bridge_iface_changed(f->t, f->tables->p[0]);
	assert_int_equal(testing_behind(f, b, 0xff01, 0), -2);
	assert_int_equal(told.forgotten, 3);
	testing_bridges_destroy(f);
}

static void limits(void **state)
{
	struct testing_bridges *f = testing_bridges_create(4);
	struct bridge_conf conf = {.max_macs = 3};
	struct bridge *b = testing_bridge(f, "br0", conf);
	struct bridge_member_conf two = BRIDGE_MEMBER_DEFAULT;
	struct bridge_counts counts;

	two.max_macs = 2;
	testing_member(f, b, 0);
	testing_member(f, b, 1);
	assert_int_equal(bridge_member_set(f->t, f->tables->p[0], &two, NULL), 0);
	for (unsigned i = 0; i < 3; i++)
		testing_seen(f, i, b->fids[0], 0);
	assert_int_equal(bridge_member_learned(f->t, f->tables->p[0]), 2);
	testing_seen(f, 3, b->fids[0], 1);
	testing_seen(f, 4, b->fids[0], 1);
	bridge_counts(b, &counts);
	assert_int_equal(counts.learned, 3);
	assert_int_equal(counts.limited, 2);
	/* A move to a full member is none; one from it is. */
	testing_seen(f, 3, b->fids[0], 0);
	assert_int_equal(testing_behind(f, b, 3, 0), 1);
	testing_seen(f, 0, b->fids[0], 1);
	assert_int_equal(testing_behind(f, b, 0, 0), 1);
	/* The table's: own addresses do not count. */
	conf.max_macs = 0;
	assert_int_equal(bridge_set(f->t, b, &conf, NULL), 0);
	testing_seen(f, 5, b->fids[0], 1);
	testing_seen(f, 6, b->fids[0], 1);
	bridge_counts(b, &counts);
	assert_int_equal(counts.learned, 4);
	assert_int_equal(counts.full, 1);
	assert_int_equal(bridge_fdb_flush(f->t, b, f->tables->p[1], 0, false), 3);
	assert_int_equal(learned(b), 1);
	testing_bridges_destroy(f);
}

static void forgets_who_cannot_learn(void **state)
{
	struct testing_bridges *f = testing_bridges_create(100);
	struct bridge *b = testing_bridge(f, "br0", plain);
	struct bridge_member_conf conf = BRIDGE_MEMBER_DEFAULT;
	struct iface *p0 = f->tables->p[0];

	testing_member(f, b, 0);
	testing_member(f, b, 1);
	testing_seen(f, 1, b->fids[0], 0);
	testing_seen(f, 2, b->fids[0], 1);
	iface_set_up(f->r.ifaces, p0, false);
	bridge_iface_changed(f->t, p0);
	assert_int_equal(testing_behind(f, b, 1, 0), -1);
	assert_int_equal(testing_behind(f, b, 2, 0), 1);
	testing_seen(f, 1, b->fids[0], 0); /* a late report */
	assert_int_equal(learned(b), 1);
	iface_set_up(f->r.ifaces, p0, true);
	bridge_iface_changed(f->t, p0);
	testing_seen(f, 1, b->fids[0], 0);
	assert_int_equal(learned(b), 2);
	conf.state = BRIDGE_LEARNING;
	assert_int_equal(bridge_member_set(f->t, p0, &conf, NULL), 0);
	assert_int_equal(learned(b), 2);
	conf.state = BRIDGE_BLOCKING;
	assert_int_equal(bridge_member_set(f->t, p0, &conf, NULL), 0);
	assert_int_equal(learned(b), 1);
	/* No member forwards: the bridge does not run. */
	assert_int_equal(bridge_member_set(f->t, f->tables->p[1], &conf, NULL), 0);
	assert_false(bridge_is_running(b));
	testing_bridges_destroy(f);
}

/* Snapshots that a bridge with so many VLAN interfaces of p0 as members has when p0 goes down. */
static unsigned snapshots(unsigned n)
{
	struct testing_bridges *f = testing_bridges_create(100);
	struct bridge *b = testing_bridge(f, "br0", plain);
	const struct bridge_member_conf conf = BRIDGE_MEMBER_DEFAULT;
	static const char *const names[] = {"a", "b", "c"};
	struct iface *p0 = f->tables->p[0];
	unsigned before;

	for (unsigned i = 0; i < n; i++) {
		const struct iface_vlan v = {.name = names[i],
					     .parent = p0,
					     .vid = (uint16_t)(10 + i),
					     .tpid = VLAN_TPID_8021Q};
		struct iface *vlan = iface_vlan_add(f->r.ifaces, &v, NULL);

		assert_int_equal(bridge_member_add(f->t, b, vlan, &conf, NULL), 0);
	}
	assert_true(bridge_is_running(b));
	/* No worker reads: old snapshots do not pile up. */
	assert_int_equal(f->r.rcu->head, f->r.rcu->tail);
	before = f->r.rcu->tail;
	iface_set_up(f->r.ifaces, p0, false);
	bridge_iface_changed(f->t, p0);
	assert_false(bridge_is_running(b));
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(b->fwd->member[i].state, BRIDGE_DISABLED);
	before = f->r.rcu->tail - before;
	testing_bridges_destroy(f);
	return before;
}

static void one_snapshot_for_all_members_on_a_port(void **state)
{
	assert_true(snapshots(1) > 0);
	assert_int_equal(snapshots(3), snapshots(1));
}

static void vlans(void **state)
{
	struct testing_bridges *f = testing_bridges_create(100);
	struct bridge_conf conf = {.vlan_aware = true};
	struct bridge *b = testing_bridge(f, "br0", conf);
	struct iface *p0 = f->tables->p[0], *p1 = f->tables->p[1];
	uint16_t pvid;

	testing_member(f, b, 0);
	testing_member(f, b, 1);
	assert_int_equal(bridge_vlan_add(f->t, b, p0, 10, 20, 0, NULL), 0);
	assert_int_equal(
		bridge_vlan_add(f->t, b, p0, 15, 15, BRIDGE_VLAN_PVID | BRIDGE_VLAN_UNTAGGED, NULL),
		0);
	assert_true(bridge_vlans_of(b, p0, NULL, &pvid));
	assert_int_equal(pvid, 15);
	assert_false(bridge_vlans_of(b, p1, NULL, &pvid));
	assert_true(b->fids[10] && b->fids[20] && !b->fids[21]);
	assert_int_equal(bridge_vlan_add(f->t, b, p1, 20, 21, 0, NULL), 0);
	testing_seen(f, 1, b->fids[10], 0);
	testing_seen(f, 1, b->fids[20], 1);
	testing_seen(f, 2, b->fids[10], 1); /* it is not in it */
	assert_int_equal(learned(b), 2);
	assert_int_equal(testing_behind(f, b, 1, 20), 1);
	/* The bridge's own address in its own VLANs only. */
	assert_int_equal(testing_behind(f, b, 0xff00, 10), -1);
	assert_int_equal(bridge_vlan_add(f->t, b, bridge_iface(b), 10, 11, 0, NULL), 0);
	assert_int_equal(testing_behind(f, b, 0xff00, 10), -2);
	assert_int_equal(testing_behind(f, b, 0xff00, 12), -1);
	/* Out of a VLAN that another one is still in, and of one that nobody is. */
	assert_int_equal(bridge_vlan_del(f->t, b, p1, 20, 21, NULL), 0);
	assert_int_equal(learned(b), 1);
	assert_true(b->fids[20] && !b->fids[21]);
	/* Without VLANs all is forgotten; they are still there afterwards. */
	conf.vlan_aware = false;
	assert_int_equal(bridge_set(f->t, b, &conf, NULL), 0);
	assert_int_equal(learned(b), 0);
	assert_int_equal(b->fids[10], 0);
	assert_int_equal(testing_behind(f, b, 0xff00, 0), -2);
	conf.vlan_aware = true;
	assert_int_equal(bridge_set(f->t, b, &conf, NULL), 0);
	assert_true(b->fids[10] && b->fids[20]);
	assert_int_equal(testing_behind(f, b, 0xff00, 10), -2);
	testing_bridges_destroy(f);
}

static void ages_by_bridge(void **state)
{
	struct testing_bridges *f = testing_bridges_create(100);
	struct bridge *slow = testing_bridge(f, "br0", (struct bridge_conf){.ageing_cs = 100000});
	struct bridge *fast = testing_bridge(f, "br1", (struct bridge_conf){.ageing_cs = 200});

	testing_member(f, slow, 0);
	testing_member(f, fast, 1);
	testing_seen(f, 1, slow->fids[0], 0);
	testing_seen(f, 1, fast->fids[0], 1);
	for (unsigned i = 0; i < 8; i++) {
		fdb_tick(f->t->fdb);
		fdb_age(f->t->fdb, UINT32_MAX);
	}
	assert_int_equal(learned(fast), 1);
	for (unsigned i = 0; i < 2; i++) {
		fdb_tick(f->t->fdb);
		fdb_age(f->t->fdb, UINT32_MAX);
	}
	assert_int_equal(learned(fast), 0);
	assert_int_equal(learned(slow), 1);
	testing_bridges_destroy(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_and_goes),
		cmocka_unit_test(no_room_for_own_addresses),
		cmocka_unit_test(no_room_to_become_vlan_aware),
		cmocka_unit_test(reserved_addresses),
		cmocka_unit_test(set_by_hand),
		cmocka_unit_test(refused),
		cmocka_unit_test(listener_hears),
		cmocka_unit_test(limits),
		cmocka_unit_test(forgets_who_cannot_learn),
		cmocka_unit_test(vlans),
		cmocka_unit_test(one_snapshot_for_all_members_on_a_port),
		cmocka_unit_test(ages_by_bridge),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
