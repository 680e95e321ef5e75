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

#define TUNING_DESCRIPTORS(type, way, frames)                                               \
	{                                                                                   \
#way "_descriptors", tuning_read_descriptors,                               \
			SCHEMA_FIELD(type, tuning.way##_descriptors), 32, 32768,            \
			.value = "'default' or an integer from 32 to 32768",                \
			.otherwise = "what the driver's preset says, else 1024",            \
			.help = "Frames that can wait in each " frames " queue, as far as " \
				"the device has room; default: what the driver likes best"  \
	}

/* Lines of the table of a struct with a member `struct tuning tuning`. */
#define TUNING_KEYS(type)                                                                  \
	TUNING_DESCRIPTORS(type, rx, "receive"), TUNING_DESCRIPTORS(type, tx, "transmit"), \
		{"burst",                                                                  \
		 schema_read_uint,                                                         \
		 SCHEMA_FIELD(type, tuning.burst),                                         \
		 1,                                                                        \
		 TUNING_BURST_MAX,                                                         \
		 .otherwise = "what the driver's preset says, else 64",                    \
		 .help = "Frames of one poll of a receive queue at most"},                 \
		{"offloads", schema_read_struct, SCHEMA_FIELD(type, tuning.offloads),      \
		 .keys = tuning_offload_keys,                                              \
		 .help = "What the device may do. It must be able to"},                    \
	{                                                                                  \
		"rss", schema_read_struct, SCHEMA_FIELD(type, tuning.rss),                 \
			.keys = tuning_rss_keys,                                           \
			.help = "How the device spreads flows over several receive queues" \
	}

#endif
