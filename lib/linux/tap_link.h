/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What rtnetlink(7) knows of a netdev that might be a TAP of ours: its kind and its alias.
 * Context: control thread, inside the namespace of the netdev.
 */
#ifndef SLUICE_TAP_LINK_H
#define SLUICE_TAP_LINK_H

#include <stdbool.h>

#include "error.h"

#define TAP_LINK_ALIAS_LEN 256 /* IFALIASZ */

struct tap_link {
	int ifindex;
	char name[16];
	char kind[16]; /* "tap", "tun", else IFLA_INFO_KIND; "" without */
	char alias[TAP_LINK_ALIAS_LEN];
};

/* 0; -ENODEV; -errno and err. */
int tap_link_get(const char *name, struct tap_link *link, struct error *err);
/* Call fn for every link, until it returns something else than 0: that is returned. Else 0, or
 * -errno and err. */
int tap_link_each(int (*fn)(void *ctx, const struct tap_link *link), void *ctx, struct error *err);
/* 0, or -errno and err. */
int tap_link_set_alias(int ifindex, const char *alias, struct error *err);

#endif
