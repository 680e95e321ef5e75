/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_tune.h"

#include <errno.h>
#include <string.h>

#include "flag.h"
#include "log.h"
#include "mbufs.h"
#include "node.h"
#include "port_ctl.h"
#include "port_quirks.h"

/* The numbers in the configuration's tables are ethdev's. */
#define RX_OFFLOAD(name, bit, ethdev, usable) \
	_Static_assert(RTE_ETH_RX_OFFLOAD_##ethdev == UINT64_C(1) << (bit), #name);
#define TX_OFFLOAD(name, bit, ethdev, usable) \
	_Static_assert(RTE_ETH_TX_OFFLOAD_##ethdev == UINT64_C(1) << (bit), #name);
#include "offloads.def"
#undef RX_OFFLOAD
#undef TX_OFFLOAD
_Static_assert(TUNING_BURST_MAX == BURST_MAX, "what a burst holds");

static const struct tuning defaults = {
	.rx_descriptors = MBUFS_DESCRIPTORS,
	.tx_descriptors = MBUFS_DESCRIPTORS,
	.burst = BURST_MAX,
	.offloads =
		{
			.rx = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_SCATTER |
			      RTE_ETH_RX_OFFLOAD_VLAN_STRIP,
			.tx = RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
			.has_rx = true,
			.has_tx = true,
		},
	.rss =
		{
			.fields = TUNING_RSS_IP | TUNING_RSS_TCP | TUNING_RSS_UDP,
			.has_fields = true,
			.kind = TUNING_KEY_DRIVERS,
		},
};

/* Take over what t says. Returns the key, if it says one. */
static const struct tuning_rss *take(struct port_tune *tune, const struct tuning *t,
				     enum port_origin by)
{
	if (t->rx_descriptors) {
		tune->rx_descriptors =
			t->rx_descriptors == TUNING_DRIVERS_OWN ? 0 : t->rx_descriptors;
		tune->rx_descriptors_by = by;
	}
	if (t->tx_descriptors) {
		tune->tx_descriptors =
			t->tx_descriptors == TUNING_DRIVERS_OWN ? 0 : t->tx_descriptors;
		tune->tx_descriptors_by = by;
	}
	if (t->burst) {
		tune->burst = t->burst;
		tune->burst_by = by;
	}
	if (t->offloads.has_rx) {
		tune->rx_offloads = t->offloads.rx;
		tune->rx_offloads_by = by;
	}
	if (t->offloads.has_tx) {
		tune->tx_offloads = t->offloads.tx;
		tune->tx_offloads_by = by;
	}
	if (t->rss.has_fields) {
		tune->rss_fields = t->rss.fields;
		tune->rss_fields_by = by;
	}
	if (t->rss.kind)
		tune->rss_key_by = by;
	return t->rss.kind ? &t->rss : NULL;
}

static const char *lowest_name(const struct flag *names, uint64_t mask)
{
	while (names->name && !(names->bit & mask))
		names++;
	return names->name;
}

/* What is asked for and not there: refused to the configuration, left where it is a preset's. */
static int lacks(const struct port *port, const char *what, enum port_origin by,
		 const struct flag *names, uint64_t missing, struct error *err)
{
	const char *name = lowest_name(names, missing);

	if (!name)
		return 0;
	if (by == PORT_BY_CONFIG)
		return error_set(err, -EINVAL, "port %s: %s: the device (%s) has no '%s'",
				 port->conf.name, what, port->info.driver_name, name);
	log_debug("port %s: %s: '%s' is left, the device has none", port->conf.name, what, name);
	return 0;
}

/* The tag would be missing on the wire. */
static int check_insert(struct port *port, struct error *err)
{
	if (!(port->tx_offloads & RTE_ETH_TX_OFFLOAD_VLAN_INSERT) ||
	    !port_quirk_inserts_in_prepare(port))
		return 0;
	port->tx_offloads &= ~RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
	if (port->tune.tx_offloads_by == PORT_BY_CONFIG)
		return error_set(err, -EINVAL,
				 "port %s: offloads.tx: 'vlan_insert': virtio's driver puts tags "
				 "in in rte_eth_tx_prepare() only, which is not called",
				 port->conf.name);
	log_debug("port %s: offloads.tx: 'vlan_insert' is left: virtio's driver puts tags in in "
		  "rte_eth_tx_prepare() only",
		  port->conf.name);
	return 0;
}

static int choose_offloads(struct port *port, struct error *err)
{
	const struct port_tune *t = &port->tune;
	int ret;

	port->rx_offloads = t->rx_offloads & port->info.rx_offload_capa;
	port->tx_offloads = t->tx_offloads & port->info.tx_offload_capa;
	ret = check_insert(port, err);
	if (ret)
		return ret;
	ret = lacks(port, "offloads.rx", t->rx_offloads_by, tuning_rx_offloads,
		    t->rx_offloads & ~port->rx_offloads, err);
	return ret ? ret
		   : lacks(port, "offloads.tx", t->tx_offloads_by, tuning_tx_offloads,
			   t->tx_offloads & ~port->tx_offloads, err);
}

/* A field is there if the device has it for one kind of packets at least. */
static int choose_rss_fields(struct port *port, struct error *err)
{
	static const struct {
		uint64_t field, hf;
	} ethdev[] = {
		{TUNING_RSS_IP, RTE_ETH_RSS_IP},
		{TUNING_RSS_TCP, RTE_ETH_RSS_TCP},
		{TUNING_RSS_UDP, RTE_ETH_RSS_UDP},
		{TUNING_RSS_SCTP, RTE_ETH_RSS_SCTP},
	};
	struct port_tune *t = &port->tune;
	uint64_t missing = 0;

	for (unsigned i = 0; i < RTE_DIM(ethdev); i++) {
		uint64_t there = ethdev[i].hf & port->info.flow_type_rss_offloads;

		if (!(t->rss_fields & ethdev[i].field))
			continue;
		t->rss_hf |= there;
		missing |= there ? 0 : ethdev[i].field;
	}
	return lacks(port, "rss.fields", t->rss_fields_by, tuning_rss_fields, missing, err);
}

static int choose_rss_key(struct port *port, const struct tuning_rss *rss, struct error *err)
{
	unsigned len = port->info.hash_key_size;
	struct port_tune *t = &port->tune;

	if (rss->kind == TUNING_KEY_DRIVERS)
		return 0;
	if (!len || len > sizeof(t->rss_key) ||
	    (rss->kind == TUNING_KEY_BYTES && rss->key_len != len)) {
		if (t->rss_key_by == PORT_BY_CONFIG && !len)
			return error_set(err, -EINVAL,
					 "port %s: rss.key: the device (%s) takes no key",
					 port->conf.name, port->info.driver_name);
		if (t->rss_key_by == PORT_BY_CONFIG)
			return error_set(err, -EINVAL,
					 "port %s: rss.key: found %u bytes, the device (%s) takes "
					 "%u",
					 port->conf.name, rss->key_len, port->info.driver_name,
					 len);
		log_debug("port %s: rss.key is left, the device takes %u bytes", port->conf.name,
			  len);
		return 0;
	}
	if (rss->kind == TUNING_KEY_SYMMETRIC)
		tuning_key_symmetric(t->rss_key, len);
	else
		memcpy(t->rss_key, rss->key, len);
	t->rss_key_len = (uint8_t)len;
	return 0;
}

/* A driver that says nothing of its liking gets what ethdev falls back to. */
static uint16_t descriptors(uint16_t asked, uint16_t drivers, uint16_t fallback)
{
	if (asked)
		return asked;
	return drivers ? drivers : fallback;
}

/* The operator knows better than the preset; but may have forgotten why it says so. */
static void warn_of_left(const struct port *port)
{
	const struct port_tune *t = &port->tune;
	const char *rx, *tx;

	if (!t->preset)
		return;
	rx = lowest_name(tuning_rx_offloads, t->preset->leave.rx & t->rx_offloads);
	tx = lowest_name(tuning_tx_offloads, t->preset->leave.tx & t->tx_offloads);
	if (rx || tx)
		log_warn("port %s: %s advises against the offload '%s'", port->conf.name,
			 t->preset->path, rx ? rx : tx);
}

int port_tune(struct port *port, const struct preset_set *presets, struct error *err)
{
	struct port_tune *t = &port->tune;
	const struct tuning_rss *key, *said;
	int ret;

	*t = (struct port_tune){.preset = preset_find(presets, port->info.driver_name)};
	key = take(t, &defaults, PORT_BY_DEFAULT);
	if (t->preset) {
		said = take(t, &t->preset->tuning, PORT_BY_PRESET);
		key = said ? said : key;
	} else {
		log_debug("port %s: no preset is for the driver %s: the built-in defaults",
			  port->conf.name, port->info.driver_name);
	}
	said = take(t, &port->conf.tuning, PORT_BY_CONFIG);
	key = said ? said : key;
	port->n_rxd = descriptors(t->rx_descriptors, port->info.default_rxportconf.ring_size,
				  RTE_ETH_DEV_FALLBACK_RX_RINGSIZE);
	port->n_txd = descriptors(t->tx_descriptors, port->info.default_txportconf.ring_size,
				  RTE_ETH_DEV_FALLBACK_TX_RINGSIZE);
	ret = choose_offloads(port, err);
	if (!ret)
		ret = choose_rss_fields(port, err);
	if (!ret)
		ret = choose_rss_key(port, key, err);
	if (!ret)
		warn_of_left(port);
	return ret;
}
