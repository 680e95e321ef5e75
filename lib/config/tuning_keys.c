/* SPDX-License-Identifier: BSD-3-Clause */
#include "tuning_keys.h"

#include <string.h>

#define OFFLOADS(field, has_field, table)                                                    \
	{                                                                                    \
#field, schema_read_words, SCHEMA_FIELD(tuning_offloads, field),             \
			.has = offsetof(struct tuning_offloads, has_field), .words = (table) \
	}

const struct schema_key tuning_offload_keys[] = {
	OFFLOADS(rx, has_rx, tuning_rx_usable),
	OFFLOADS(tx, has_tx, tuning_tx_usable),
	{.name = NULL},
};

const struct schema_key tuning_leave_keys[] = {
	OFFLOADS(rx, has_rx, tuning_rx_offloads),
	OFFLOADS(tx, has_tx, tuning_tx_offloads),
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
			return reader_expected(r, node,
					       "'default', 'symmetric' or the hex digits of 1 to "
					       "%u bytes",
					       TUNING_KEY_MAX);
	}
	return 0;
}

const struct schema_key tuning_rss_keys[] = {
	{"fields", schema_read_words, SCHEMA_FIELD(tuning_rss, fields),
	 .has = offsetof(struct tuning_rss, has_fields), .words = tuning_rss_fields},
	{"key", read_key, SCHEMA_FIELD(tuning_rss, key)},
	{.name = NULL},
};
