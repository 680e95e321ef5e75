/* SPDX-License-Identifier: BSD-3-Clause */
#include "tuning_keys.h"

#include <string.h>

#define OFFLOADS(field, has_field, table, text)                                               \
	{                                                                                     \
#field, schema_read_flags, SCHEMA_FIELD(tuning_offloads, field),              \
			.has = offsetof(struct tuning_offloads, has_field), .flags = (table), \
			.otherwise = "what the driver's preset says, "                        \
				     "else all that the device has",                          \
			.help = (text)                                                        \
	}

const struct schema_key tuning_offload_keys[] = {
	OFFLOADS(rx, has_rx, tuning_rx_usable,
		 "In receiving: check the sum of the IPv4 header; take 802.1Q tags off; spread a "
		 "frame that is larger than a buffer over several, which is done only where frames "
		 "may be"),
	OFFLOADS(tx, has_tx, tuning_tx_usable,
		 "In sending: put 802.1Q tags on; take frames that stand in several buffers, where "
		 "there may be some"),
	{.name = NULL},
};

const struct schema_key tuning_leave_keys[] = {
	OFFLOADS(rx, has_rx, tuning_rx_offloads, "In receiving"),
	OFFLOADS(tx, has_tx, tuning_tx_offloads, "In sending"),
	{.name = NULL},
};

int tuning_read_descriptors(struct reader *r, int node, const struct schema_key *key, void *base)
{
	uint16_t *field = schema_field(key, base);
	const char *text = schema_scalar(r, node);

	if (!text || strcmp(text, "default"))
		return schema_read_uint(r, node, key, base);
	*field = TUNING_DRIVERS_OWN;
	return reader_visit(r, node, field);
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Number of bytes, or 0: it is not hexadecimal, or too long. */
static unsigned parse_hex(const char *text, uint8_t *bytes)
{
	size_t len = strlen(text);

	if (len % 2 || len > 2 * TUNING_KEY_MAX)
		return 0;
	for (size_t i = 0; i < len; i += 2) {
		int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return 0;
		bytes[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (unsigned)len / 2;
}

static int read_key(struct reader *r, int node, const struct schema_key *key, void *base)
{
	const char *text = schema_scalar(r, node);
	struct tuning_rss *rss = base;
	int ret = reader_visit(r, node, rss->key);

	if (ret)
		return ret;
	if (text && !strcmp(text, "default")) {
		rss->kind = TUNING_KEY_DRIVERS;
	} else if (text && !strcmp(text, "symmetric")) {
		rss->kind = TUNING_KEY_SYMMETRIC;
	} else {
		rss->kind = TUNING_KEY_BYTES;
		rss->key_len = text ? (uint8_t)parse_hex(text, rss->key) : 0;
		if (!rss->key_len)
			return reader_expected(r, node, "%s", key->value);
	}
	return 0;
}

const struct schema_key tuning_rss_keys[] = {
	{"fields", schema_read_flags, SCHEMA_FIELD(tuning_rss, fields),
	 .has = offsetof(struct tuning_rss, has_fields), .flags = tuning_rss_fields,
	 .otherwise = "what the driver's preset says, else ip, tcp and udp",
	 .help = "The headers that tell flows apart: addresses, and ports"},
	{"key", read_key, SCHEMA_FIELD(tuning_rss, key),
	 .value = "'default', 'symmetric' or the hex digits of 1 to 128 bytes",
	 .otherwise = "what the driver's preset says, else default",
	 .help = "The key of the hash. default: the driver's own; symmetric: one that brings both "
		 "directions of a flow to one queue; else as many bytes as the device has"},
	{.name = NULL},
};
