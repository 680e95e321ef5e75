/* SPDX-License-Identifier: BSD-3-Clause */
/* What values are called: in the sentence of a refusal, and in sluice.yaml(5). */
#include <inttypes.h>
#include <stdio.h>

#include "schema.h"

/* Kinds of which every value is described alike. */
static const struct {
	schema_read_fn read;
	const char *text;
} kinds[] = {
	{schema_read_bool, "true or false"},
	{schema_read_addr, "an IPv4 or IPv6 address"},
	{schema_read_mac, "a MAC address (02:00:00:00:00:01)"},
	{schema_read_address, "an address and length (192.0.2.1/24)"},
	{schema_read_prefix, "a prefix (192.0.2.0/24)"},
	{schema_read_section, "a mapping"},
	{schema_read_struct, "a mapping"},
	{schema_read_item, "a mapping"},
	{schema_read_list, "a list"},
};

static void words(const struct schema_key *key, char *buf, size_t size)
{
	size_t len = 0;

	*buf = '\0';
	for (unsigned i = 0; key->words[i] && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					!i                  ? ""
					: key->words[i + 1] ? ", "
							    : " or ",
					key->words[i]);
}

static void flags(const struct schema_key *key, char *buf, size_t size)
{
	size_t len = (size_t)snprintf(buf, size, "a list of");

	for (unsigned i = 0; key->flags[i].name && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s %s", i ? "," : "",
					key->flags[i].name);
}

void schema_value(const struct schema_key *key, char *buf, size_t size)
{
	*buf = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (key->read == kinds[i].read)
			snprintf(buf, size, "%s", kinds[i].text);
	if (key->read == schema_read_uint)
		snprintf(buf, size, "%san integer from %" PRIu64 " to %" PRIu64,
			 key->or_zero ? "0 or " : "", key->min, key->max);
	else if (key->read == schema_read_text)
		snprintf(buf, size, "text of %" PRIu64 " to %" PRIu64 " bytes", key->min, key->max);
	else if (key->read == schema_read_name)
		snprintf(buf, size,
			 "a name of 1 to %zu letters, digits and _.- (not 'all', no - in front)",
			 key->size - 1);
	else if (key->read == schema_read_word)
		words(key, buf, size);
	else if (key->read == schema_read_flags)
		flags(key, buf, size);
	else if (key->value)
		snprintf(buf, size, "%s", key->value);
}
