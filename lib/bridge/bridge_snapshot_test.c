/* SPDX-License-Identifier: BSD-3-Clause */
/* What costs a snapshot of a bridge and what does not, bridges without memory for one, and their
 * own addresses. */
#include <stdarg.h>

#include "bridge_testing.h"
#include "iface_vlans.h"
#include "log.h"

#define VLANS 4

struct bridge_fwd *__real_snapshot_new(unsigned n, bool vlan_aware);
struct bridge_fwd *__wrap_snapshot_new(unsigned n, bool vlan_aware);

static bool no_memory;
static unsigned made;

struct bridge_fwd *__wrap_snapshot_new(unsigned n, bool vlan_aware)
{
	made += !no_memory;
	return no_memory ? NULL : __real_snapshot_new(n, vlan_aware);
}

static char warning[256];

void __wrap_log_line(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void __wrap_log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (level == LOG_LEVEL_WARN)
		vsnprintf(warning, sizeof(warning), fmt, ap);
	va_end(ap);
}

struct fixture {
	struct testing_bridges *f;
	struct bridge *b;
	struct iface *p0, *vlans[VLANS];
};

/* Members p0 and p1; the bridge is in VLANs 10 to 13, with an interface in each. */
static struct fixture *create(void)
{
	static const char *const names[VLANS] = {"b.10", "b.11", "b.12", "b.13"};
	struct fixture *x = calloc(1, sizeof(*x));
	struct iface *own;

	x->f = testing_bridges_create(100);
	x->b = testing_bridge(x->f, "br0", (struct bridge_conf){.vlan_aware = true});
	x->p0 = x->f->tables->p[0];
	testing_member(x->f, x->b, 0);
	testing_member(x->f, x->b, 1);
	own = bridge_iface(x->b);
	assert_int_equal(bridge_vlan_add(x->f->t, x->b, own, 10, 13, 0, NULL), 0);
	made = 0;
	for (uint16_t i = 0; i < VLANS; i++) {
		const struct iface_vlan v = {.name = names[i],
					     .parent = own,
					     .vid = (uint16_t)(10 + i),
					     .tpid = VLAN_TPID_8021Q};

		x->vlans[i] = iface_vlan_add(x->f->r.ifaces, &v, NULL);
		assert_non_null(x->vlans[i]);
		bridge_iface_changed(x->f->t, x->vlans[i]);
	}
	return x;
}

static void destroy(struct fixture *x)
{
	testing_bridges_destroy(x->f);
	free(x);
}

static void set_mac(struct fixture *x, struct iface *iface, unsigned mac)
{
	const struct mac_addr addr = testing_mac(mac);

	iface_set_mac(x->f->r.ifaces, iface, &addr);
	bridge_iface_changed(x->f->t, iface);
}

/* As vlan_follow(), with the MAC addresses. */
static void follow(struct router *r, const struct iface *parent)
{
	bridge_iface_changed(r->bridges, parent);
	for (struct iface *i = NULL; (i = iface_next(r->ifaces, i));)
		if (i->parent == parent) {
			iface_set_mac(r->ifaces, i, &parent->mac);
			bridge_iface_changed(r->bridges, i);
		}
}

static void a_vlan_interface_costs_none(void **state)
{
	struct fixture *x = create();

	assert_int_equal(made, 0);
	for (unsigned i = 0; i < VLANS; i++)
		assert_ptr_equal(x->f->r.ifaces->fwd[x->vlans[i]->id].bridge, x->b->fwd);
	iface_set_up(x->f->r.ifaces, x->vlans[0], false);
	bridge_iface_changed(x->f->t, x->vlans[0]);
	set_mac(x, x->vlans[1], 7);
	assert_int_equal(made, 0);
	destroy(x);
}

/* However many interfaces are on the bridge. */
static void one_for_all_that_follows(void **state)
{
	struct fixture *x = create();

	bridge_set_follow(x->f->t, follow);
	for (unsigned i = 0; i < 2; i++) {
		iface_set_up(x->f->r.ifaces, x->f->tables->p[i], false);
		bridge_iface_changed(x->f->t, x->f->tables->p[i]);
		assert_int_equal(made, i + 1);
	}
	assert_false(bridge_is_running(x->b));
	bridge_member_del(x->f->t, x->p0); /* the MAC address is that of p1 now */
	assert_int_equal(made, 3);
	for (uint16_t i = 0; i < VLANS; i++) {
		assert_int_equal(testing_behind(x->f, x->b, 0xff01, (uint16_t)(10 + i)), -2);
		assert_int_equal(testing_behind(x->f, x->b, 0xff00, (uint16_t)(10 + i)), -1);
	}
	destroy(x);
}

static void addresses_of_vlan_interfaces(void **state)
{
	struct fixture *x = create();

	assert_int_equal(x->b->n_own, VLANS);
	set_mac(x, x->vlans[1], 7);
	set_mac(x, x->vlans[2], 7);
	assert_int_equal(testing_behind(x->f, x->b, 7, 11), -2);
	assert_int_equal(testing_behind(x->f, x->b, 7, 12), -2);
	assert_int_equal(testing_behind(x->f, x->b, 7, 10), -1);
	assert_int_equal(x->b->n_own, VLANS + 2);
	set_mac(x, x->vlans[1], 8);
	assert_int_equal(testing_behind(x->f, x->b, 7, 11), -1);
	assert_int_equal(testing_behind(x->f, x->b, 8, 11), -2);
	assert_int_equal(testing_behind(x->f, x->b, 7, 12), -2);
	/* Back to the bridge's, which it has there too. */
	set_mac(x, x->vlans[1], 0xff00);
	assert_int_equal(testing_behind(x->f, x->b, 8, 11), -1);
	assert_int_equal(testing_behind(x->f, x->b, 0xff00, 11), -2);
	/* Out of the VLAN, and into it again. */
	bridge_vlan_del(x->f->t, x->b, bridge_iface(x->b), 12, 12, NULL);
	assert_int_equal(testing_behind(x->f, x->b, 7, 12), -1);
	set_mac(x, x->vlans[2], 9);
	bridge_vlan_add(x->f->t, x->b, bridge_iface(x->b), 12, 12, 0, NULL);
	assert_int_equal(testing_behind(x->f, x->b, 9, 12), -2);
	assert_int_equal(x->b->n_own, VLANS + 1);
	for (unsigned i = 1; i < x->b->n_own; i++)
		assert_true(x->b->own[i - 1] < x->b->own[i]);
	destroy(x);
}

/* What was learned goes without a word. */
static void an_address_that_was_set_for_another(void **state)
{
	struct fixture *x = create();
	const struct mac_addr mac = testing_mac(7);

	*warning = 0;
	assert_int_equal(bridge_vlan_add(x->f->t, x->b, x->p0, 10, 11, 0, NULL), 0);
	assert_int_equal(bridge_fdb_add(x->f->t, x->b, x->p0, &mac, 10, FDB_STATIC, NULL), 0);
	testing_seen(x->f, 7, x->b->fids[11], 0);
	set_mac(x, x->vlans[1], 7);
	assert_int_equal(testing_behind(x->f, x->b, 7, 11), -2);
	assert_string_equal(warning, "");
	set_mac(x, x->vlans[0], 7);
	assert_int_equal(testing_behind(x->f, x->b, 7, 10), -2);
	assert_non_null(strstr(warning, " is its own address now: the entry that was set for it"));
	destroy(x);
}

/* The clock of the table. */
static void clock_turns(struct fixture *x)
{
	event_active(x->f->t->clock, EV_TIMEOUT, 0);
	testing_bridges_turn(x->f);
}

static void a_change_without_memory_is_made_up_for(void **state)
{
	struct fixture *x = create();
	struct iface *own = bridge_iface(x->b);

	no_memory = true;
	iface_set_up(x->f->r.ifaces, x->p0, false);
	bridge_iface_changed(x->f->t, x->p0);
	iface_set_up(x->f->r.ifaces, own, false);
	bridge_iface_changed(x->f->t, own);
	clock_turns(x);
	assert_int_equal(x->b->fwd->member[0].state, BRIDGE_FORWARDING);
	no_memory = false;
	clock_turns(x);
	assert_int_equal(x->b->fwd->member[0].state, BRIDGE_DISABLED);
	assert_int_equal(x->b->fwd->self.state, BRIDGE_DISABLED);
	assert_int_equal(made, 1);
	clock_turns(x);
	assert_int_equal(made, 1);
	destroy(x);
}

/* The snapshot that stands maps the VLAN still. */
static void a_member_that_leaves_without_memory(void **state)
{
	struct fixture *x = create();
	uint16_t fid;

	assert_int_equal(bridge_vlan_add(x->f->t, x->b, x->p0, 20, 20, 0, NULL), 0);
	fid = x->b->fids[20];
	no_memory = true;
	bridge_member_del(x->f->t, x->p0);
	assert_int_equal(x->b->fwd->fids[20], fid);
	assert_ptr_equal(x->f->t->fids[fid].bridge, x->b);
	assert_int_equal(x->b->fwd->n, 2);
	no_memory = false;
	clock_turns(x);
	assert_int_equal(x->b->fwd->n, 1);
	assert_int_equal(x->b->fwd->member[0].iface, x->f->tables->p[1]->id);
	assert_int_equal(x->b->fids[20], 0);
	assert_null(x->f->t->fids[fid].bridge);
	destroy(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vlan_interface_costs_none),
		cmocka_unit_test(one_for_all_that_follows),
		cmocka_unit_test(addresses_of_vlan_interfaces),
		cmocka_unit_test(an_address_that_was_set_for_another),
		cmocka_unit_test(a_change_without_memory_is_made_up_for),
		cmocka_unit_test(a_member_that_leaves_without_memory),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
