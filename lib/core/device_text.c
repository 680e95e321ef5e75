/* SPDX-License-Identifier: BSD-3-Clause */
#include "device_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) ? NULL : text + len;
}

static const char *without_bus(const char *device)
{
	static const char *const buses[] = {"pci:", "vdev:"};

	for (unsigned i = 0; i < sizeof(buses) / sizeof(*buses); i++)
		if (after(device, buses[i]))
			return after(device, buses[i]);
	return device;
}

struct pci_address {
	unsigned long domain, bus, device, function;
};

/* The digits up to `end`, which is passed; 0 stands for the end of the name. */
static bool read_hex(const char **at, char end, unsigned long *value)
{
	char *rest;

	if (!isxdigit((unsigned char)**at))
		return false;
	*value = strtoul(*at, &rest, 16);
	if (end ? *rest != end : *rest && *rest != ',')
		return false;
	*at = rest + (end != 0);
	return true;
}

/* `[domain:]bus:device.function` */
static bool read_pci(const char *at, struct pci_address *a)
{
	const char *colon = strchr(at, ':');

	*a = (struct pci_address){0};
	if (colon && strcspn(colon + 1, ":") < strcspn(colon + 1, ",") &&
	    !read_hex(&at, ':', &a->domain))
		return false;
	return read_hex(&at, ':', &a->bus) && read_hex(&at, '.', &a->device) &&
	       read_hex(&at, 0, &a->function);
}

bool device_text_same(const char *a, const char *b)
{
	const char *x = without_bus(a), *y = without_bus(b);
	struct pci_address p, q;
	size_t len = strcspn(x, ",");

	if (read_pci(x, &p) && read_pci(y, &q))
		return p.domain == q.domain && p.bus == q.bus && p.device == q.device &&
		       p.function == q.function;
	return len == strcspn(y, ",") && !memcmp(x, y, len);
}

static bool is_member(const char *device, char *const *members, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (device_text_same(device, members[i]))
			return true;
	return false;
}

/* Failsafe looks at how the word begins and for a bracket, wherever that stands. */
static bool is_failsafe(const char *argument)
{
	size_t bracket = strcspn(argument, "(");

	return bracket < strcspn(argument, ",") &&
	       (after(argument, "dev") || after(argument, "fd") || after(argument, "exec"));
}

const char *device_text_taking(const char *device, char *const *members, unsigned n)
{
	for (const char *at = strchr(device, ','); at; at = strchr(at, ',')) {
		const char *primary = after(++at, "primary=");

		if (after(at, "slave=") || after(at, "member=") || is_failsafe(at) ||
		    (primary && !is_member(primary, members, n)))
			return at;
	}
	return NULL;
}
