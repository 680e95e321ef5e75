/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of a struct tuning, for the tables of what has one. */
#ifndef SLUICE_CONFIG_TUNING_KEYS_H
#define SLUICE_CONFIG_TUNING_KEYS_H

#include "schema.h"
#include "tuning.h"

/* Of `offloads`, those that sluiced has a use for; of all; of `rss`. */
extern const struct schema_key tuning_offload_keys[];
extern const struct schema_key tuning_leave_keys[];
extern const struct schema_key tuning_rss_keys[];

int tuning_read_descriptors(struct reader *r, int node, const struct schema_key *key, void *base);

/* Lines of the table of a struct with a member `struct tuning tuning`. */
#define TUNING_KEYS(type)                                                                          \
	{"rx_descriptors", tuning_read_descriptors, SCHEMA_FIELD(type, tuning.rx_descriptors), 32, \
	 32768},                                                                                   \
		{"tx_descriptors", tuning_read_descriptors,                                        \
		 SCHEMA_FIELD(type, tuning.tx_descriptors), 32, 32768},                            \
		{"burst", schema_read_uint, SCHEMA_FIELD(type, tuning.burst), 1,                   \
		 TUNING_BURST_MAX},                                                                \
		{"offloads", schema_read_struct, SCHEMA_FIELD(type, tuning.offloads),              \
		 .keys = tuning_offload_keys},                                                     \
	{                                                                                          \
		"rss", schema_read_struct, SCHEMA_FIELD(type, tuning.rss), .keys = tuning_rss_keys \
	}

#endif
