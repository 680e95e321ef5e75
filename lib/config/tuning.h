/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a port's queues are set up: what a driver's preset recommends and what a port of the
 * configuration can ask for, by the same keys. Each value may be left unsaid.
 *
 * Numbers of offloads are those of ethdev's masks, so that nothing here needs DPDK.
 */
#ifndef SLUICE_CONFIG_TUNING_H
#define SLUICE_CONFIG_TUNING_H

#include <stdbool.h>
#include <stdint.h>

#include "flag.h"

#define TUNING_KEY_MAX     128        /* bytes of an RSS key */
#define TUNING_DRIVERS_OWN UINT16_MAX /* descriptors: as many as the driver likes best */
#define TUNING_BURST_MAX   64         /* packets of one poll: BURST_MAX of the data path */

/* Masks of ethdev's RTE_ETH_RX_OFFLOAD_* and RTE_ETH_TX_OFFLOAD_*. */
struct tuning_offloads {
	uint64_t rx, tx;
	bool has_rx, has_tx;
};

/* Of which headers the hash is that spreads flows over the receive queues. */
enum tuning_rss_field {
	TUNING_RSS_IP = 1,
	TUNING_RSS_TCP = 2,
	TUNING_RSS_UDP = 4,
	TUNING_RSS_SCTP = 8,
};

enum tuning_key_kind {
	TUNING_KEY_UNSAID,
	TUNING_KEY_DRIVERS,   /* the driver's own */
	TUNING_KEY_SYMMETRIC, /* both directions of a flow come to one queue, see
			       * tuning_key_symmetric()
			       */
	TUNING_KEY_BYTES,
};

struct tuning_rss {
	uint64_t fields; /* enum tuning_rss_field */
	bool has_fields;
	enum tuning_key_kind kind;
	uint8_t key[TUNING_KEY_MAX];
	uint8_t key_len; /* bytes, of TUNING_KEY_BYTES */
};

struct tuning {
	uint16_t rx_descriptors, tx_descriptors; /* 0: unsaid; or TUNING_DRIVERS_OWN */
	uint16_t burst;                          /* packets of one poll at most; 0: unsaid */
	struct tuning_offloads offloads;
	struct tuning_rss rss;
};

/* Names and their bits: all offloads of ethdev, those that sluiced has a use for, and the fields of
 * RSS. */
extern const struct flag tuning_rx_offloads[], tuning_rx_usable[];
extern const struct flag tuning_tx_offloads[], tuning_tx_usable[];
extern const struct flag tuning_rss_fields[];

/* Write a key of len bytes by which the hash of a flow's packets is the same in both directions:
 * the two bytes 6d 5a over and over (S. Woo, K. Park: Scalable TCP Session Monitoring with
 * Symmetric Receive-side Scaling, KAIST 2012). Context: any thread. */
void tuning_key_symmetric(uint8_t *key, unsigned len);

#endif
