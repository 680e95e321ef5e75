/* SPDX-License-Identifier: BSD-3-Clause */
/* What a port runs with: who asks for it, who has the last word, and what the device says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "port_ctl.h"
#include "port_link.h"

#define RX_CKSUM RTE_ETH_RX_OFFLOAD_IPV4_CKSUM
#define SCATTER  RTE_ETH_RX_OFFLOAD_SCATTER
#define STRIP    RTE_ETH_RX_OFFLOAD_VLAN_STRIP
#define SEGS     RTE_ETH_TX_OFFLOAD_MULTI_SEGS
#define INSERT   RTE_ETH_TX_OFFLOAD_VLAN_INSERT
#define KEY_LEN  40

static char driver[] = "net_x", path[] = "/x.yaml";
static char *drivers[] = {driver};
static struct preset preset;
static const struct preset_set presets = {&preset, 1};
static struct port port;
static struct error err;

/* A device that can all, and a preset that says nothing. */
static int setup(void **state)
{
	preset = (struct preset){.path = path, .drivers = drivers, .n_drivers = 1};
	port = (struct port){
		.conf.name = "p0",
		.info =
			{
				.driver_name = driver,
				.rx_offload_capa = UINT64_MAX,
				.tx_offload_capa = UINT64_MAX,
				.flow_type_rss_offloads = UINT64_MAX,
				.hash_key_size = KEY_LEN,
			},
	};
	return 0;
}

static void tune(void)
{
	if (port_tune(&port, &presets, &err))
		fail_msg("%s", err.msg);
}

static void refused(const char *sentence)
{
	assert_int_equal(port_tune(&port, &presets, &err), -EINVAL);
	assert_string_equal(err.msg, sentence);
}

static void defaults(void **state)
{
	assert_int_equal(port_tune(&port, NULL, &err), 0);
	assert_null(port.tune.preset);
	assert_int_equal(port.n_rxd, 1024);
	assert_int_equal(port.n_txd, 1024);
	assert_int_equal(port.tune.burst, 64);
	assert_int_equal(port.rx_offloads, RX_CKSUM | SCATTER | STRIP);
	assert_int_equal(port.tx_offloads, SEGS);
	assert_int_equal(port.tune.rss_hf, RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
	assert_int_equal(port.tune.rss_key_len, 0);
	assert_int_equal(port.tune.burst_by, PORT_BY_DEFAULT);
}

static void the_preset_and_then_the_configuration(void **state)
{
	preset.tuning.rx_descriptors = 512;
	preset.tuning.burst = 32;
	preset.tuning.offloads = (struct tuning_offloads){.has_rx = true};
	preset.tuning.rss.kind = TUNING_KEY_SYMMETRIC;
	tune();
	assert_ptr_equal(port.tune.preset, &preset);
	assert_int_equal(port.n_rxd, 512);
	assert_int_equal(port.n_txd, 1024);
	assert_int_equal(port.tune.rx_descriptors_by, PORT_BY_PRESET);
	assert_int_equal(port.tune.tx_descriptors_by, PORT_BY_DEFAULT);
	assert_int_equal(port.rx_offloads, 0);
	assert_int_equal(port.tx_offloads, SEGS);
	assert_int_equal(port.tune.rss_key_len, KEY_LEN);
	assert_int_equal(port.tune.rss_key[KEY_LEN - 2], 0x6d);
	assert_int_equal(port.tune.rss_key[KEY_LEN - 1], 0x5a);

	port.conf.tuning.burst = 8;
	port.conf.tuning.offloads = (struct tuning_offloads){.rx = SCATTER, .has_rx = true};
	port.conf.tuning.rss.kind = TUNING_KEY_DRIVERS;
	tune();
	assert_int_equal(port.n_rxd, 512);
	assert_int_equal(port.tune.burst, 8);
	assert_int_equal(port.tune.burst_by, PORT_BY_CONFIG);
	assert_int_equal(port.rx_offloads, SCATTER);
	assert_int_equal(port.tune.rss_key_len, 0);
}

static void the_drivers_own_descriptors(void **state)
{
	preset.tuning.rx_descriptors = preset.tuning.tx_descriptors = TUNING_DRIVERS_OWN;
	port.info.default_rxportconf.ring_size = 256;
	tune();
	assert_int_equal(port.n_rxd, 256);
	assert_int_equal(port.n_txd, RTE_ETH_DEV_FALLBACK_TX_RINGSIZE);
}

static void what_the_device_lacks_is_left(void **state)
{
	preset.tuning.rss = (struct tuning_rss){
		.fields = TUNING_RSS_IP | TUNING_RSS_SCTP,
		.has_fields = true,
		.kind = TUNING_KEY_BYTES,
		.key_len = 52,
	};
	port.info.rx_offload_capa = SCATTER;
	port.info.tx_offload_capa = 0;
	port.info.flow_type_rss_offloads = RTE_ETH_RSS_IPV4;
	tune();
	assert_int_equal(port.rx_offloads, SCATTER);
	assert_int_equal(port.tx_offloads, 0);
	assert_int_equal(port.tune.rss_hf, RTE_ETH_RSS_IPV4);
	assert_int_equal(port.tune.rss_key_len, 0);
}

static void but_not_what_the_configuration_asks_for(void **state)
{
	struct tuning *t = &port.conf.tuning;

	port.info.rx_offload_capa = SCATTER;
	port.info.tx_offload_capa = 0;
	port.info.flow_type_rss_offloads = RTE_ETH_RSS_IPV4;
	t->offloads = (struct tuning_offloads){.rx = RX_CKSUM | SCATTER, .has_rx = true};
	refused("port p0: offloads.rx: the device (net_x) has no 'ipv4_cksum'");
	t->offloads = (struct tuning_offloads){.tx = SEGS, .has_tx = true};
	refused("port p0: offloads.tx: the device (net_x) has no 'multi_segs'");
	*t = (struct tuning){.rss = {.fields = TUNING_RSS_IP | TUNING_RSS_TCP, .has_fields = true}};
	refused("port p0: rss.fields: the device (net_x) has no 'tcp'");
	*t = (struct tuning){.rss = {.kind = TUNING_KEY_BYTES, .key_len = 52}};
	refused("port p0: rss.key: found 52 bytes, the device (net_x) takes 40");
	port.info.hash_key_size = 0;
	t->rss.kind = TUNING_KEY_SYMMETRIC;
	refused("port p0: rss.key: the device (net_x) takes no key");
}

/* Of virtio, as a port or as a bond's member: frames would leave without their tags. */
static void tags_where_the_device_puts_them_in(void **state)
{
	static const char sentence[] =
		"port p0: offloads.tx: 'vlan_insert': virtio's driver puts tags in in "
		"rte_eth_tx_prepare() only, which is not called";
	const struct tuning_offloads insert = {.tx = SEGS | INSERT, .has_tx = true};

	preset.tuning.offloads = insert;
	tune();
	assert_int_equal(port.tx_offloads, SEGS | INSERT);
	port.n_members = 1;
	port.member_info[0].driver_name = "net_virtio_user";
	tune();
	assert_int_equal(port.tx_offloads, SEGS);
	port.conf.tuning.offloads = insert;
	refused(sentence);
	port.member_info[0].driver_name = driver;
	tune();
	assert_int_equal(port.tx_offloads, SEGS | INSERT);
	port.n_members = 0;
	port.info.driver_name = "net_virtio";
	refused(sentence);
}

#define TEST(fn) cmocka_unit_test_setup(fn, setup)

static void rings_fill_at_the_highest_speed(void **state)
{
	/* 14,880,952 frames a second (RFC 2544, at 10 Gbit/s). */
	assert_int_equal(port_fill_ns_at(RTE_ETH_LINK_SPEED_10G | RTE_ETH_LINK_SPEED_1G, 1024),
			 34406);
	assert_int_equal(port_fill_ns_at(RTE_ETH_LINK_SPEED_1G, 1024), 344064);
	assert_int_equal(port_fill_ns_at(RTE_ETH_LINK_SPEED_10M, 32768), 1101004800);
	assert_int_equal(port_fill_ns_at(RTE_ETH_LINK_SPEED_200G, 32), 53);
	assert_int_equal(port_fill_ns_at(0, 1024), UINT32_MAX);
	assert_int_equal(port_fill_ns_at(RTE_ETH_LINK_SPEED_FIXED, 1024), UINT32_MAX);
	assert_int_equal(port_fill_ns(&port), UINT32_MAX); /* no device */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(rings_fill_at_the_highest_speed, setup),
		TEST(defaults),
		TEST(the_preset_and_then_the_configuration),
		TEST(the_drivers_own_descriptors),
		TEST(what_the_device_lacks_is_left),
		TEST(but_not_what_the_configuration_asks_for),
		TEST(tags_where_the_device_puts_them_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
