/* SPDX-License-Identifier: BSD-3-Clause */
#include "mirror_testing.h"

#include <sys/socket.h>
#include <unistd.h>

#include "port_ctl.h"
#include "punt.h"
#include "route_testing.h"

#define ETHERTYPE  0x88b5 /* local experimental, IEEE 802 */
#define NUMBER_AT  14
#define PATTERN_AT 18

struct mirror_bed bed;

static struct testing_routes *routes;
static struct port ports[TESTING_PORTS], *port_list[TESTING_PORTS];
static struct port_table port_table = {.ports = port_list, .n = TESTING_PORTS};
static struct router r;

int mirror_bed_group_setup(void **state)
{
	return testing_eal_setup(state) || punt_init();
}

static void make_workers(void)
{
	static const unsigned lcores[MIRROR_WORKERS] = {0, 1};
	struct policer policers[PUNT_CLASS_MAX] = {0};

	routes = testing_routes_create();
	r = (struct router){.rcu = routes->tables->rcu,
			    .ports = &port_table,
			    .ifaces = routes->tables->ifaces,
			    .nexthops = routes->nexthops,
			    .routes = routes->routes};
	for (uint16_t i = 0; i < TESTING_PORTS; i++) {
		ports[i] = (struct port){
			.id = routes->tables->p[i]->port, .numa_node = -1, .n_txq = MIRROR_WORKERS};
		port_list[i] = &ports[i];
	}
	bed.workers = worker_set_create(&r, lcores, MIRROR_WORKERS, policers, NULL);
	assert_non_null(bed.workers);
}

void mirror_bed_tap(unsigned iface)
{
	const struct mac_addr mac = {{2, 0, 0, 0, 0, (uint8_t)iface}};
	char name[16];

	snprintf(name, sizeof(name), "t%u", iface);
	assert_int_equal(tap_open(&bed.taps[iface], name, "test", &mac, NULL, NULL), 0);
	assert_int_equal(tap_set_carrier(&bed.taps[iface], true), 0);
	testing_run("ip link set %s mtu %d up", name, FRAME_MAX - 14);
	if (bed.linux_side[iface] >= 0)
		close(bed.linux_side[iface]);
	bed.linux_side[iface] = testing_packet_socket(name);
	assert_int_equal(mirror_set_fd(bed.set, (uint16_t)iface, bed.taps[iface].fd), 0);
}

int mirror_bed_setup(void **state)
{
	struct error err = {""};

	if (testing_netns(state))
		return -1;
	/* Linux sends nothing of its own. */
	testing_run("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
	make_workers();
	bed.set = mirror_set_create(bed.workers, bed.workers->n_ifaces, FRAME_MAX, 0, SOCKET_ID_ANY,
				    &err);
	if (!bed.set)
		fail_msg("%s", err.msg);
	for (unsigned i = 0; i < MIRROR_TAPS; i++) {
		bed.linux_side[i] = -1;
		mirror_bed_tap(i);
	}
	return 0;
}

int mirror_bed_teardown(void **state)
{
	mirror_stop(bed.set);
	worker_set_destroy(bed.workers);
	assert_int_equal(testing_mbufs_used(), 0);
	assert_int_equal(rte_mempool_in_use_count(bed.set->pool), bed.set->n_stock);
	mirror_set_destroy(bed.set);
	for (unsigned i = 0; i < MIRROR_TAPS; i++) {
		close(bed.linux_side[i]);
		tap_close(&bed.taps[i]);
	}
	testing_routes_destroy(routes);
	return 0;
}

void mirror_bed_frame(uint8_t *frame, uint32_t len, uint32_t number)
{
	memset(frame, 0xff, 6);
	memset(frame + 6, 2, 6);
	frame[12] = ETHERTYPE >> 8;
	frame[13] = ETHERTYPE & 0xff;
	memcpy(frame + NUMBER_AT, &number, sizeof(number));
	for (uint32_t i = PATTERN_AT; i < len; i++)
		frame[i] = (uint8_t)(i * 7 + i / 256 + number);
}

uint32_t mirror_bed_number(const void *frame)
{
	uint32_t number;

	memcpy(&number, (const uint8_t *)frame + NUMBER_AT, sizeof(number));
	return number;
}

void mirror_bed_punt(unsigned worker, uint16_t iface, struct rte_mbuf *pkt)
{
	*punt_meta(pkt) = (struct punt_meta){.iface = iface, .tap = iface};
	assert_int_equal(rte_ring_sp_enqueue(bed.workers->workers[worker]->punt_ring, pkt), 0);
}

void mirror_bed_send(unsigned iface, uint32_t len, uint32_t number)
{
	static uint8_t frame[65536];

	mirror_bed_frame(frame, len, number);
	assert_int_equal(send(bed.linux_side[iface], frame, len, 0), len);
}

ssize_t mirror_bed_receive(unsigned iface, void *frame, size_t room)
{
	return recv(bed.linux_side[iface], frame, room, 0);
}

struct rte_mbuf *mirror_bed_injected(unsigned worker)
{
	struct rte_mbuf *pkt = NULL;

	rte_ring_sc_dequeue(bed.workers->workers[worker]->inject_ring, (void **)&pkt);
	return pkt;
}

struct mirror_stats mirror_bed_stats(uint16_t iface)
{
	struct mirror_stats stats;

	mirror_stats(bed.set, iface, &stats);
	return stats;
}

uint64_t mirror_bed_dropped(enum drop_reason reason)
{
	return stat_read(&bed.workers->mirror->drop[reason]);
}
