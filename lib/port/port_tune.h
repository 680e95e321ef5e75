/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a port runs with, and why: the built-in defaults, over them the preset of its driver, over
 * that the port's own configuration, and in the end what the device can. What a default or a preset
 * asks for and the device lacks is left; what the configuration asks for must be there.
 * Context: control thread, init.
 */
#ifndef SLUICE_PORT_TUNE_H
#define SLUICE_PORT_TUNE_H

#include "preset.h"

struct port;

enum port_origin { PORT_BY_DEFAULT, PORT_BY_PRESET, PORT_BY_CONFIG };

struct port_tune {
	const struct preset *preset; /* NULL: there is none for its driver */
	/* Of each value, who has asked for it. */
	enum port_origin rx_descriptors_by, tx_descriptors_by, burst_by;
	enum port_origin rx_offloads_by, tx_offloads_by, rss_fields_by, rss_key_by;
	/* As asked for. */
	uint16_t rx_descriptors, tx_descriptors; /* 0: as many as the driver likes best */
	uint64_t rx_offloads, tx_offloads;
	uint64_t rss_fields; /* enum tuning_rss_field */
	/* In force. */
	uint16_t burst;  /* packets of one poll at most */
	uint64_t rss_hf; /* ethdev's; 0: the device has no RSS, or none is wanted */
	uint8_t rss_key[TUNING_KEY_MAX];
	uint8_t rss_key_len; /* bytes; 0: the driver's own key */
};

/* Choose port->tune, and by it n_rxd, n_txd, rx_offloads and tx_offloads. port->info and port->conf
 * are there; presets may be NULL, and must outlive the port. 0, or -EINVAL and err: the
 * configuration asks for something that the device lacks. */
int port_tune(struct port *port, const struct preset_set *presets, struct error *err);

#endif
