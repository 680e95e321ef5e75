/* SPDX-License-Identifier: BSD-3-Clause */
/* Which ports are taken down for what DPDK says of devices. The ports are none of ethdev's, and the
 * test takes them down itself. */
#include <errno.h>

#include "hotplug_own.h"
#include "log.h"
#include "nexthop_ctl.h"
#include "packet_testing.h"
#include "worker_ctl.h"

#define PORTS RTE_MAX_ETHPORTS

static struct port ports[PORTS], *port_list[PORTS];
static char names[PORTS][8];
static struct port_table table = {.ports = port_list, .n = PORTS};
static struct router r = {.ports = &table};
static struct hotplug h = {.r = &r, .lock = PTHREAD_MUTEX_INITIALIZER};
static int fails;             /* how often no port can be taken down, from now on */
static const char *meanwhile; /* the device that vanishes when the next one is taken down */

const char *__wrap_rte_dev_name(const struct rte_device *dev);
int __wrap_worker_del_port(struct worker_set *set, const struct port *port, struct error *err);
void __wrap_worker_set_gone(struct worker_set *set, const struct port *port);
void __wrap_nexthop_iface_set_usable(struct nexthop_table *t, const struct iface *iface,
				     bool usable);
struct iface *__wrap_iface_by_name(const struct iface_table *t, const char *name);

const char *__wrap_rte_dev_name(const struct rte_device *dev)
{
	return (const char *)dev;
}

static void vanish(const char *device)
{
	rte_dev_event_callback_process(device, RTE_DEV_EVENT_REMOVE);
}

int __wrap_worker_del_port(struct worker_set *set, const struct port *port, struct error *err)
{
	if (fails) {
		fails--;
		return error_set(err, -ENOMEM, "out of memory");
	}
	if (meanwhile)
		vanish(meanwhile);
	meanwhile = NULL;
	return 0;
}

void __wrap_worker_set_gone(struct worker_set *set, const struct port *port)
{
}

void __wrap_nexthop_iface_set_usable(struct nexthop_table *t, const struct iface *iface,
				     bool usable)
{
	assert_false(usable);
}

struct iface *__wrap_iface_by_name(const struct iface_table *t, const char *name)
{
	return NULL;
}

static int setup(void **state)
{
	for (unsigned i = 0; i < PORTS; i++) {
		snprintf(names[i], sizeof(names[i]), "dev%u", i);
		ports[i] = (struct port){.id = (uint16_t)i,
					 .conf.device = names[i],
					 .info.driver_name = "none",
					 .info.device = (struct rte_device *)names[i]};
		port_list[i] = &ports[i];
	}
	watch_start(&h);
	return 0;
}

static int teardown(void **state)
{
	watch_stop(&h);
	assert_null(h.removals.devices);
	return 0;
}

static unsigned n_gone(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < PORTS; i++) {
		assert_int_equal(ports[i].gone, ports[i].vanished);
		n += ports[i].gone;
	}
	return n;
}

static void any_number_may_vanish_at_once(void **state)
{
	rte_dev_event_callback_process("dev1", RTE_DEV_EVENT_ADD);
	watch_poll(&h);
	assert_int_equal(n_gone(), 0);
	for (unsigned i = 0; i < 200; i++)
		vanish("no_port's");
	for (unsigned i = 0; i < PORTS; i += 2)
		vanish(names[i]);
	watch_poll(&h);
	for (unsigned i = 0; i < PORTS; i++)
		assert_int_equal(ports[i].gone, i % 2 == 0);
}

/* The one that was looked at already, and the one that comes, while one is taken down. */
static void one_that_vanishes_during_the_look_is_seen(void **state)
{
	static const unsigned others[] = {0, 2};

	for (unsigned i = 0; i < 2; i++) {
		ports[1].gone = ports[1].vanished = false;
		vanish(names[1]);
		meanwhile = names[others[i]];
		watch_poll(&h);
		assert_true(ports[1].gone);
		watch_poll(&h);
		assert_true(ports[others[i]].gone);
	}
	assert_int_equal(n_gone(), 3);
}

static void without_memory_it_is_tried_again(void **state)
{
	fails = 2;
	vanish(names[3]);
	for (unsigned i = 0; i < 2; i++) {
		watch_poll(&h);
		assert_int_equal(n_gone(), 0);
	}
	watch_poll(&h);
	assert_true(ports[3].gone);
	assert_int_equal(n_gone(), 1);
}

/* Neither for its device nor for its id: what is said before a look is not kept for later ones. */
static void a_port_to_come_has_not_vanished(void **state)
{
	table.n = 5;
	vanish(names[5]);
	fails = 1;
	vanish(names[4]);
	watch_poll(&h);
	/* The one that could not be taken down goes by command. */
	table.n = 4;
	watch_poll(&h);
	table.n = PORTS;
	watch_poll(&h);
	assert_int_equal(n_gone(), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(any_number_may_vanish_at_once),
		TEST(one_that_vanishes_during_the_look_is_seen),
		TEST(without_memory_it_is_tried_again),
		TEST(a_port_to_come_has_not_vanished),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
