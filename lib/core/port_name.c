/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_name.h"

#include <string.h>

bool port_name_is_valid(const char *text, size_t size)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_.-";
	size_t len = strlen(text);

	return len && len < size && *text != '-' && strspn(text, letters) == len &&
	       strcmp(text, ".") && strcmp(text, "..") && strcmp(text, "all");
}

bool port_name_is_netdev(const char *text)
{
	return strcmp(text, "lo") && strcmp(text, "default");
}

bool port_name_is_under(const char *device, const char *name)
{
	static const char key[] = ",iface=";
	const char *at = strstr(device, key);
	size_t len;

	if (!at)
		return false;
	at += strlen(key);
	len = strcspn(at, ",");
	return len == strlen(name) && !memcmp(at, name, len);
}
