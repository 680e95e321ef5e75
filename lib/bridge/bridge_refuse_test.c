/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of bridge(8) that do what is refused. */
#include "bridge_refuse.h"

#include <errno.h>

#include "bridge_testing.h"

#define PREFACE "Linux is in control here: "

static struct testing_bridges *f;
static struct bridge *br0;
static struct error err;

static int setup(void **state)
{
	const struct bridge_conf conf = {.ageing_cs = BRIDGE_AGEING_DEFAULT_CS, .vlan_aware = true};

	f = testing_bridges_create(100);
	f->r.linux_control = true;
	f->r.netns = "r";
	br0 = testing_bridge(f, "br0", conf);
	testing_member(f, br0, 1);
	bridge_vlan_add(f->t, br0, f->tables->p[1], 10, 10, 0, NULL);
	bridge_vlan_add(f->t, br0, bridge_iface(br0), 10, 10, 0, NULL);
	return 0;
}

static int teardown(void **state)
{
	testing_bridges_destroy(f);
	return 0;
}

static void says(int ret, json_t *args, const char *command)
{
	json_decref(args);
	assert_int_equal(ret, -EOPNOTSUPP);
	assert_memory_equal(err.msg, PREFACE, strlen(PREFACE));
	assert_string_equal(err.msg + strlen(PREFACE), command);
}

/* The entries that the operator has set stay. */
static void flushes_what_was_learned(void **state)
{
	json_t *all = json_pack("{ss}", "bridge", "br0");
	json_t *some = json_pack("{ss ss si}", "bridge", "br0", "port", "p1", "vlan", 10);

	says(bridge_refuse_flush(&f->r, all, &err), all,
	     "bridge -n r fdb flush dev br0 extern_learn");
	says(bridge_refuse_flush(&f->r, some, &err), some,
	     "bridge -n r fdb flush dev br0 brport p1 vlan 10 extern_learn");
}

/* A netdev that has got another name. */
static void names_the_netdev(void **state)
{
	json_t *some = json_pack("{ss ss}", "bridge", "br0", "port", "p1");

	strcpy(f->tables->p[1]->mirror, "lan");
	says(bridge_refuse_flush(&f->r, some, &err), some,
	     "bridge -n r fdb flush dev br0 brport lan extern_learn");
}

static json_t *entry(const char *mac, const char *port, const char *type)
{
	return json_pack("{ss ss ss si ss}", "mac", mac, "bridge", "br0", "port", port, "vlan", 10,
			 "type", type);
}

static void adds(void **state)
{
	json_t *args = entry("02:00:00:00:00:07", "p1", "static");

	says(bridge_refuse_add(&f->r, args, &err), args,
	     "bridge -n r fdb replace 02:00:00:00:00:07 dev p1 master static vlan 10");
	args = entry("02:00:00:00:00:07", "p1", "sticky");
	says(bridge_refuse_add(&f->r, args, &err), args,
	     "bridge -n r fdb replace 02:00:00:00:00:07 dev p1 master sticky dynamic vlan 10");
	args = entry("02:00:00:00:00:07", "br0", "static");
	says(bridge_refuse_add(&f->r, args, &err), args,
	     "bridge -n r fdb replace 02:00:00:00:00:07 dev br0 self local vlan 10");
}

static void deletes(void **state)
{
	const struct mac_addr host = testing_mac(7), own = testing_mac(8);
	char mac[MAC_STRLEN], command[128];
	json_t *args = entry(mac_print(&host, mac), "", "");

	assert_int_equal(bridge_refuse_del(&f->r, br0, args, &err), -ENOENT);
	bridge_fdb_add(f->t, br0, f->tables->p[1], &host, 10, FDB_STATIC, NULL);
	snprintf(command, sizeof(command), "bridge -n r fdb del %s dev p1 master vlan 10", mac);
	says(bridge_refuse_del(&f->r, br0, args, &err), args, command);
	args = entry(mac_print(&own, mac), "", "");
	bridge_fdb_add(f->t, br0, bridge_iface(br0), &own, 10, FDB_STATIC, NULL);
	snprintf(command, sizeof(command), "bridge -n r fdb del %s dev br0 self vlan 10", mac);
	says(bridge_refuse_del(&f->r, br0, args, &err), args, command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(flushes_what_was_learned, setup, teardown),
		cmocka_unit_test_setup_teardown(names_the_netdev, setup, teardown),
		cmocka_unit_test_setup_teardown(adds, setup, teardown),
		cmocka_unit_test_setup_teardown(deletes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
