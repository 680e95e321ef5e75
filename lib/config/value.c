/* SPDX-License-Identifier: BSD-3-Clause */
/* How scalars are read: each function takes one type, and says what it expected. */
#include <errno.h>
#include <inttypes.h>
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

static void store_uint(void *field, size_t size, uint64_t value)
{
	if (size == sizeof(uint16_t))
		*(uint16_t *)field = (uint16_t)value;
	else
		*(uint32_t *)field = (uint32_t)value;
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
		return reader_expected(r, node, "%san integer from %" PRIu64 " to %" PRIu64,
				       key->or_zero ? "0 or " : "", key->min, key->max);
	store_uint(field, key->size, value);
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
		return reader_expected(r, node, "true or false");
	*field = !strcmp(text, "true");
	return 0;
}

int schema_read_text(struct reader *r, int node, const struct schema_key *key, void *base)
{
	char **field = schema_field(key, base), *copy;
	const char *text;
	int ret = begin(r, node, field, &text);

	if (ret)
		return ret;
	if (!text || strlen(text) < key->min || strlen(text) > key->max)
		return reader_expected(r, node, "text of %" PRIu64 " to %" PRIu64 " bytes",
				       key->min, key->max);
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
		return reader_expected(
			r, node,
			"a name of 1 to %zu letters, digits and _.- (not 'all', no - in front)",
			key->size - 1);
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
		return reader_expected(r, node, "an IPv4 or IPv6 address");
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
		return reader_expected(r, node, "a MAC address (02:00:00:00:00:01)");
	if (!mac_is_unicast(field))
		return reader_expected(r, node, "a unicast MAC address");
	return 0;
}

int schema_read_address(struct reader *r, int node, const struct schema_key *key, void *base)
{
	struct ip_prefix *field = schema_field(key, base);
	struct error expected;
	const char *text;
	int ret = begin(r, node, field, &text);

	if (ret)
		return ret;
	if (!text || ip_prefix_parse(text, field))
		return reader_expected(r, node, "an address and length (192.0.2.1/24)");
	if (unicast_check_iface(field, &expected))
		return reader_expected(r, node, "%s", expected.msg);
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
		return reader_expected(r, node, "a prefix (192.0.2.0/24)");
	if (!ip_prefix_mask(field))
		return reader_expected(r, node, "a prefix without host bits: %s",
				       ip_prefix_print(field, buf));
	return 0;
}
