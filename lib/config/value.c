/* SPDX-License-Identifier: BSD-3-Clause */
/* How scalars are read: each function takes one type, and says what it expected. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "port_name.h"
#include "schema.h"
#include "unicast.h"

/* Digits only: no sign, no space, no other base (010 would be 8 in YAML 1.1, and 10 elsewhere). */
static int parse_uint(const char *text, uint64_t *value)
{
	if (!*text || (text[0] == '0' && text[1]))
		return -EINVAL;
	for (*value = 0; *text; text++) {
		if (*text < '0' || *text > '9' || *value > UINT64_MAX / 10 - 1)
			return -EINVAL;
		*value = *value * 10 + (uint64_t)(*text - '0');
	}
	return 0;
}

void schema_store_uint(const struct schema_key *key, void *base, uint64_t value)
{
	void *field = schema_field(key, base);

	if (key->size == sizeof(bool))
		*(bool *)field = value;
	else if (key->size == sizeof(uint16_t))
		*(uint16_t *)field = (uint16_t)value;
	else
		*(uint32_t *)field = (uint32_t)value;
}

static int expected(struct reader *r, int node, const struct schema_key *key)
{
	char value[128];

	schema_value(key, value, sizeof(value));
	return reader_expected(r, node, "%s", value);
}

/* Begin a scalar: its text, or NULL for a collection and -errno for what no reader takes. */
static int begin(struct reader *r, int node, const void *field, const char **text)
{
	*text = schema_scalar(r, node);
	return reader_visit(r, node, field);
}

int schema_read_uint(struct reader *r, int node, const struct schema_key *key, void *base)
{
	void *field = schema_field(key, base);
	uint64_t value = 0;
	const char *text;
	int ret = begin(r, node, field, &text);

	if (ret)
		return ret;
	if (!text || parse_uint(text, &value) || value > key->max ||
	    (value < key->min && !(key->or_zero && !value)))
		return expected(r, node, key);
	schema_store_uint(key, base, value);
	return 0;
}

int schema_read_bool(struct reader *r, int node, const struct schema_key *key, void *base)
{
	bool *field = schema_field(key, base);
	const char *text;
	int ret = begin(r, node, field, &text);

	if (ret)
		return ret;
	if (!text || (strcmp(text, "true") && strcmp(text, "false")))
		return expected(r, node, key);
	*field = !strcmp(text, "true");
	return 0;
}

int schema_read_word(struct reader *r, int node, const struct schema_key *key, void *base)
{
	const char *text;
	int ret = begin(r, node, schema_field(key, base), &text);

	if (ret)
		return ret;
	for (unsigned i = 0; text && key->words[i]; i++)
		if (!strcmp(text, key->words[i])) {
			schema_store_uint(key, base, i);
			return 0;
		}
	return expected(r, node, key);
}

int schema_read_text(struct reader *r, int node, const struct schema_key *key, void *base)
{
	char **field = schema_field(key, base), *copy;
	const char *text;
	int ret = begin(r, node, field, &text);

	if (ret)
		return ret;
	if (!text || strlen(text) < key->min || strlen(text) > key->max)
		return expected(r, node, key);
	copy = strdup(text);
	if (!copy)
		return reader_no_memory(r);
	free(*field);
	*field = copy;
	return 0;
}

int schema_read_name(struct reader *r, int node, const struct schema_key *key, void *base)
{
	char *field = schema_field(key, base);
	const char *text;
	int ret = begin(r, node, field, &text);

	if (ret)
		return ret;
	if (!text || !port_name_is_valid(text, key->size))
		return expected(r, node, key);
	strcpy(field, text);
	return 0;
}

int schema_read_addr(struct reader *r, int node, const struct schema_key *key, void *base)
{
	struct ip_addr *field = schema_field(key, base);
	const char *text;
	int ret = begin(r, node, field, &text);

	if (ret)
		return ret;
	if (!text || ip_addr_parse(text, field))
		return expected(r, node, key);
	if (unicast_not(field))
		return reader_expected(r, node, "a unicast address, not %s", unicast_not(field));
	return 0;
}

int schema_read_mac(struct reader *r, int node, const struct schema_key *key, void *base)
{
	struct mac_addr *field = schema_field(key, base);
	const char *text;
	int ret = begin(r, node, field, &text);

	if (ret)
		return ret;
	if (!text || mac_parse(text, field))
		return expected(r, node, key);
	if (!mac_is_unicast(field))
		return reader_expected(r, node, "a unicast MAC address");
	return 0;
}

int schema_read_address(struct reader *r, int node, const struct schema_key *key, void *base)
{
	struct ip_prefix *field = schema_field(key, base);
	struct error why;
	const char *text;
	int ret = begin(r, node, field, &text);

	if (ret)
		return ret;
	if (!text || ip_prefix_parse(text, field))
		return expected(r, node, key);
	if (unicast_check_iface(field, &why))
		return reader_expected(r, node, "%s", why.msg);
	return 0;
}

int schema_read_prefix(struct reader *r, int node, const struct schema_key *key, void *base)
{
	struct ip_prefix *field = schema_field(key, base);
	char buf[IP_PREFIX_STRLEN];
	const char *text;
	int ret = begin(r, node, field, &text);

	if (ret)
		return ret;
	if (!text || ip_prefix_parse(text, field))
		return expected(r, node, key);
	if (!ip_prefix_mask(field))
		return reader_expected(r, node, "a prefix without host bits: %s",
				       ip_prefix_print(field, buf));
	return 0;
}
