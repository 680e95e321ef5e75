/* SPDX-License-Identifier: BSD-3-Clause */
/* The kinds of values: what a word may be, and what it becomes. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "rate.h"
#include "spec.h"

#define PORT_NAME_MAX 63
#define DEVICE_MAX    255

/* IANA's numbers of the protocols that an operator is likely to ask for. */
static const struct {
	const char *name;
	int number;
} protocols[] = {
	{"icmp", 1}, {"igmp", 2},   {"tcp", 6},   {"udp", 17},
	{"gre", 47}, {"icmp6", 58}, {"ospf", 89}, {"sctp", 132},
};

void spec_value_help(const struct spec_arg *arg, char *buf, size_t size)
{
	static const char *const texts[] = {
		[SPEC_ADDRESS] = "an IPv4 or IPv6 address",
		[SPEC_IFADDR] = "an address with its length, such as 192.0.2.1/24",
		[SPEC_PREFIX] = "a prefix, such as 192.0.2.0/24 or 2001:db8::/32",
		[SPEC_MAC] = "a MAC address, such as 02:00:00:00:00:01",
		[SPEC_DEVICE] = "a device of DPDK, such as 0000:05:00.0 or "
				"net_af_packet0,iface=v0",
		[SPEC_PORT] = "the name of a port",
		[SPEC_IFACE] = "the name of a port, an interface or a bridge",
		[SPEC_RATE] = RATE_FORM,
		[SPEC_PROTOCOL] = "icmp, igmp, tcp, udp, gre, icmp6, ospf, sctp or a number from 0 "
				  "to 255",
		[SPEC_FILE] = "the path of a file, or - for the standard input",
		[SPEC_PATH] = "the path of a file or folder",
		[SPEC_FLAG] = "true or false",
		[SPEC_GROUP] = "a list",
	};

	if (arg->kind == SPEC_NUMBER)
		snprintf(buf, size, "a number from %lld to %lld", (long long)arg->min,
			 (long long)arg->max);
	else if (arg->kind == SPEC_CHOICE)
		snprintf(buf, size, "one of %s", arg->choices);
	else
		snprintf(buf, size, "%s", texts[arg->kind]);
}

/* Refuse a value that is not what was expected. Text that came from outside is cut: the sentence
 * has to stay readable. */
static void *refuse_as(const char *name, const char *text, const char *expected, struct error *err)
{
	error_set(err, -EINVAL, "%s: '%.64s' is not %s", name, text, expected);
	return NULL;
}

static void *refuse(const struct spec_arg *arg, const char *text, struct error *err)
{
	char help[128];

	spec_value_help(arg, help, sizeof(help));
	return refuse_as(arg->kind == SPEC_FILE ? arg->name : arg->key, text, help, err);
}

/* 1 to max ASCII characters, none a space, the first no '-'. */
static bool is_word(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (!len || len > max || *text == '-')
		return false;
	for (const char *p = text; *p; p++)
		if (!isascii(*p) || !isgraph((unsigned char)*p))
			return false;
	return true;
}

/* The kinds that stay strings. */
static bool is_valid(const struct spec_arg *arg, const char *text)
{
	struct ip_prefix prefix;
	struct ip_addr addr;
	struct mac_addr mac;
	struct rate rate;

	switch (arg->kind) {
	case SPEC_ADDRESS:
		return !ip_addr_parse(text, &addr);
	case SPEC_IFADDR:
		/* Without the length a host route would be made, which is seldom meant. */
		return strchr(text, '/') && !ip_prefix_parse(text, &prefix);
	case SPEC_PREFIX:
		return !ip_prefix_parse(text, &prefix);
	case SPEC_MAC:
		return !mac_parse(text, &mac);
	case SPEC_RATE:
		return !rate_parse(text, &rate);
	case SPEC_DEVICE:
		return is_word(text, DEVICE_MAX);
	default:
		return is_word(text, PORT_NAME_MAX);
	}
}

/* A prefix has no bits beyond its length; name the one that was probably meant. */
static json_t *prefix_value(const struct spec_arg *arg, const char *text, struct error *err)
{
	char buf[IP_PREFIX_STRLEN];
	struct ip_prefix prefix;

	if (ip_prefix_parse(text, &prefix))
		return refuse(arg, text, err);
	if (ip_prefix_mask(&prefix))
		return json_string(text);
	error_set(err, -EINVAL, "%s: %s has bits set beyond its length: the prefix is %s", arg->key,
		  text, ip_prefix_print(&prefix, buf));
	return NULL;
}

/* The whole choice that begins with the text: the exact one, or the only one. */
static json_t *choice_value(const struct spec_arg *arg, const char *text, struct error *err)
{
	size_t len = strlen(text), found_len = 0;
	const char *found = NULL;

	for (const char *p = arg->choices; *p; p += strcspn(p, "|"), p += *p == '|') {
		size_t n = strcspn(p, "|");

		if (!len || n < len || strncmp(p, text, len))
			continue;
		if (n == len)
			return json_stringn(p, n);
		if (found)
			return refuse(arg, text, err);
		found = p;
		found_len = n;
	}
	return found ? json_stringn(found, found_len) : refuse(arg, text, err);
}

static json_t *number_value(const struct spec_arg *arg, const char *text, struct error *err)
{
	long long number;
	char *end;

	errno = 0;
	number = strtoll(text, &end, 10);
	/* strtoll would also take spaces and a plus sign. */
	if (!isdigit((unsigned char)*text) || *end || errno || number < arg->min ||
	    number > arg->max)
		return refuse(arg, text, err);
	return json_integer(number);
}

static json_t *protocol_value(const struct spec_arg *arg, const char *text, struct error *err)
{
	struct spec_arg number = *arg;

	for (unsigned i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
		if (!strcmp(protocols[i].name, text))
			return json_integer(protocols[i].number);
	number.min = 0;
	number.max = 255;
	return number_value(&number, text, err);
}

json_t *spec_value_parse(const struct spec_arg *arg, const char *text, struct error *err)
{
	json_t *value;

	if (*arg->omit && !strcmp(arg->omit, text))
		return json_null();
	switch (arg->kind) {
	case SPEC_PREFIX:
		return prefix_value(arg, text, err);
	case SPEC_PROTOCOL:
		return protocol_value(arg, text, err);
	case SPEC_NUMBER:
		return number_value(arg, text, err);
	case SPEC_CHOICE:
		return choice_value(arg, text, err);
	case SPEC_FILE: /* JSON takes names in UTF-8 only */
	case SPEC_PATH:
		value = *text || arg->kind == SPEC_FILE ? json_string(text) : NULL;
		return value ? value : refuse(arg, text, err);
	default:
		return is_valid(arg, text) ? json_string(text) : refuse(arg, text, err);
	}
}

/* A JSON value that is of another type than the argument: say what was found. */
static void *refuse_json(const struct spec_arg *arg, const json_t *value, struct error *err)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);

	if (arg->kind == SPEC_FILE)
		refuse_as(arg->key, text ? text : "this", "a string, the lines of a file", err);
	else
		refuse(arg, text ? text : "this", err);
	free(text);
	return NULL;
}

json_t *spec_value_check(const struct spec_arg *arg, json_t *value, struct error *err)
{
	json_int_t number = json_integer_value(value);

	switch (arg->kind) {
	case SPEC_FLAG:
		return json_is_boolean(value) ? json_incref(value) : refuse_json(arg, value, err);
	case SPEC_PROTOCOL:
		if (json_is_integer(value) && number >= 0 && number <= 255)
			return json_incref(value);
		break;
	case SPEC_NUMBER:
		/* A number in quotes is a mistake of the sender that would spread. */
		if (json_is_integer(value) && number >= arg->min && number <= arg->max)
			return json_incref(value);
		return refuse_json(arg, value, err);
	default:
		break;
	}
	if (!json_is_string(value))
		return refuse_json(arg, value, err);
	return spec_value_parse(arg, json_string_value(value), err);
}
