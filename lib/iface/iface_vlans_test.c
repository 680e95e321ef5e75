/* SPDX-License-Identifier: BSD-3-Clause */
/* VLAN interfaces in the table of interfaces: what workers find by tags, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "iface_vlans.h"
#include "rcu.h"

#define MAX 8

static const struct mac_addr mac = {{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};
static struct iface_table *t;
static struct iface *port;
static struct rcu *rcu;
static struct error err;

static int setup(void **state)
{
	t = iface_table_create(MAX, -1);
	rcu = rcu_create(1, 16);
	port = iface_add(t, "p0", 40, &mac, 1500, &err);
	return port && rcu ? 0 : -1;
}

static int teardown(void **state)
{
	rcu_destroy(rcu);
	iface_table_destroy(t);
	return 0;
}

static struct iface *add(const char *name, struct iface *parent, uint16_t tpid, uint16_t vid)
{
	const struct iface_vlan v = {.name = name, .parent = parent, .tpid = tpid, .vid = vid};

	return iface_vlan_add(t, &v, &err);
}

static uint16_t look(const struct iface *parent, uint16_t tpid, uint16_t vid)
{
	return iface_fwd_vlan(&t->fwd[parent->id], rte_cpu_to_be_16(tpid), vid);
}

static void refused(const struct iface_vlan *v, const char *sentence)
{
	unsigned n = t->n;

	assert_null(iface_vlan_add(t, v, &err));
	assert_string_equal(err.msg, sentence);
	assert_int_equal(t->n, n);
}

static void found_by_protocol_and_vid(void **state)
{
	const struct iface *q = add("p0.7", port, VLAN_TPID_8021Q, 7);
	const struct iface *ad = add("p0.ad", port, VLAN_TPID_8021AD, 7);
	const struct iface *last = add("p0.4094", port, VLAN_TPID_8021Q, 4094);

	assert_true(q && ad && last);
	assert_int_equal(t->fwd[port->id].flags, IFACE_FWD_VLANS);
	for (uint16_t vid = 0; vid < 4096; vid++) {
		assert_int_equal(look(port, VLAN_TPID_8021Q, vid), vid == 7      ? q->id
								   : vid == 4094 ? last->id
										 : IFACE_NONE);
		assert_int_equal(look(port, VLAN_TPID_8021AD, vid), vid == 7 ? ad->id : IFACE_NONE);
	}
	assert_int_equal(look(q, VLAN_TPID_8021Q, 7), IFACE_NONE);
	assert_int_equal(q->mtu, 1500);
	assert_int_equal(t->fwd[q->id].port, 40);
	assert_int_equal(t->fwd[q->id].mac, iface_mac_word(&mac));
}

static void knows_its_tags(void **state)
{
	static const uint8_t want[] = {0x88, 0xa8, 0x01, 0x23, 0x81, 0x00, 0x0f, 0xfe};
	struct iface *outer = add("outer", port, VLAN_TPID_8021AD, 0x123);
	const struct iface *inner = add("inner", outer, VLAN_TPID_8021Q, 0xffe);
	const struct iface_fwd *fwd = &t->fwd[inner->id];

	assert_int_equal(fwd->n_tags, 2);
	assert_memory_equal(fwd->tags, want, sizeof(want));
	assert_int_equal(fwd->parent, outer->id);
	assert_int_equal(t->fwd[outer->id].n_tags, 1);
	assert_ptr_equal(iface_root(inner), port);
}

static void down_with_what_it_is_on(void **state)
{
	struct iface *outer = add("outer", port, VLAN_TPID_8021AD, 1);
	const struct iface *inner = add("inner", outer, VLAN_TPID_8021Q, 2);

	assert_true(iface_fwd_is_up(&t->fwd[inner->id]));
	iface_set_up(t, port, false);
	assert_false(iface_fwd_is_up(&t->fwd[outer->id]) || iface_fwd_is_up(&t->fwd[inner->id]));
	assert_true(inner->up && !iface_is_up(inner));
	iface_set_up(t, outer, false);
	iface_set_up(t, port, true);
	assert_false(iface_fwd_is_up(&t->fwd[outer->id]) || iface_fwd_is_up(&t->fwd[inner->id]));
	iface_set_up(t, outer, true);
	assert_true(iface_fwd_is_up(&t->fwd[outer->id]) && iface_fwd_is_up(&t->fwd[inner->id]));
}

static void take_away(struct iface *iface)
{
	iface_vlan_detach(t, rcu, iface);
	iface_del(t, iface);
	iface_free(t, iface);
}

static void goes_and_comes_again(void **state)
{
	for (int round = 0; round < 3; round++) {
		struct iface *one = add("one", port, VLAN_TPID_8021Q, 1);
		struct iface *two = add("two", port, VLAN_TPID_8021Q, 2);
		const struct iface_vlans *before = t->fwd[port->id].vlans;

		rcu_reader_online(rcu, 0);
		take_away(one);
		assert_int_equal(look(port, VLAN_TPID_8021Q, 1), IFACE_NONE);
		assert_int_equal(look(port, VLAN_TPID_8021Q, 2), two->id);
		take_away(two);
		assert_null(t->fwd[port->id].vlans);
		assert_int_equal(t->fwd[port->id].flags, 0);
		/* A worker that still has the table may look. */
		assert_int_equal(before->ids[0][2], IFACE_NONE);
		assert_int_equal(rcu_reclaim(rcu), 1);
		rcu_reader_offline(rcu, 0);
		rcu_synchronize(rcu);
	}
}

static void wrong_ones_are_refused(void **state)
{
	struct iface *q = add("p0.7", port, VLAN_TPID_8021Q, 7);
	struct iface *ad = add("p0.ad", port, VLAN_TPID_8021AD, 7);
	struct iface *inner = add("p0.ad.7", ad, VLAN_TPID_8021Q, 7);
	struct iface_vlan v = {.name = "new", .parent = port, .tpid = VLAN_TPID_8021Q, .vid = 0};

	refused(&v, "interface new: VLAN 0: expected 1 to 4094");
	v.vid = 4095;
	refused(&v, "interface new: VLAN 4095: expected 1 to 4094");
	v.vid = 7;
	refused(&v, "interface new: p0.7 has VLAN 7 (802.1Q) of p0 already");
	v.tpid = 0x9100;
	refused(&v, "interface new: tags of type 0x9100: expected 802.1Q or 802.1ad");
	v.tpid = VLAN_TPID_8021AD;
	v.parent = q;
	refused(&v, "interface new: an 802.1ad tag cannot stand within the 802.1Q tag of p0.7");
	v.tpid = VLAN_TPID_8021Q;
	v.parent = inner;
	refused(&v,
		"interface new: p0.ad.7 is a VLAN within a VLAN already: no frame has more than "
		"two tags");
	v.parent = q;
	v.mtu = 1501;
	refused(&v, "interface new: an MTU of 1501 is more than that of p0.7, 1500");
	v.mtu = 1500;
	v.name = "p0.ad";
	refused(&v, "the name 'p0.ad' is used twice");
	/* What is full keeps what it has. */
	for (v.vid = 1; t->n <= MAX; v.vid++) {
		char name[8];

		snprintf(name, sizeof(name), "v%u", v.vid);
		assert_non_null(add(name, port, VLAN_TPID_8021AD, 100 + v.vid));
	}
	v.name = "last";
	refused(&v, "interface last: there are 8 already, no more fit");
	assert_int_equal(look(port, VLAN_TPID_8021Q, 7), q->id);
	assert_int_equal(look(q, VLAN_TPID_8021Q, v.vid), IFACE_NONE);
	/* Nothing is on it: workers need not look. */
	assert_null(t->fwd[q->id].vlans);
	assert_false(t->fwd[q->id].flags & IFACE_FWD_VLANS);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(found_by_protocol_and_vid), TEST(knows_its_tags),
		TEST(down_with_what_it_is_on),   TEST(goes_and_comes_again),
		TEST(wrong_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
