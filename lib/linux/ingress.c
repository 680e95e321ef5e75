/* SPDX-License-Identifier: BSD-3-Clause */
/* One table of the netdev family, and in it a chain for each netdev. */
#include "ingress.h"

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nft_table.h"

#define PRIORITY "-500" /* before the chains of others */

struct ingress {
	struct nft_table table;
	unsigned *held; /* indices of netdevs */
	unsigned n;
};

struct ingress *ingress_create(struct error *err)
{
	struct ingress *in = calloc(1, sizeof(*in));
	char command[128];

	if (!in) {
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	if (nft_table_open(&in->table, err))
		goto fail;
	snprintf(command, sizeof(command), "add table netdev %s { flags owner; }", in->table.name);
	if (nft_table_run(&in->table, command, "table for the netdevs of ports", err))
		goto fail;
	return in;
fail:
	ingress_destroy(in);
	return NULL;
}

int ingress_hold(struct ingress *in, const char *netdev, unsigned index, struct error *err)
{
	char command[256];
	unsigned *grown;
	int ret;

	/* Newer kernels take a name that nobody has yet. The quote would end the name for nftables.
	 */
	if (strchr(netdev, '"') || !if_nametoindex(netdev))
		return error_set(err, -ENODEV, "there is no netdev %s", netdev);
	snprintf(command, sizeof(command),
		 "add chain netdev %s hold%u { type filter hook ingress device \"%s\" "
		 "priority " PRIORITY "; policy drop; }",
		 in->table.name, index, netdev);
	grown = reallocarray(in->held, in->n + 1, sizeof(*grown));
	if (!grown)
		return error_set(err, -ENOMEM, "out of memory");
	in->held = grown;
	ret = nft_table_run(&in->table, command, netdev, err);
	if (!ret)
		in->held[in->n++] = index;
	return ret;
}

int ingress_release(struct ingress *in, unsigned index, struct error *err)
{
	char command[128], name[IF_NAMESIZE];
	unsigned i = 0;
	bool there;
	int ret;

	while (i < in->n && in->held[i] != index)
		i++;
	if (i == in->n)
		return 0;
	in->held[i] = in->held[--in->n];
	/* Where the netdev has gone, older kernels have taken the chain away with it; newer ones
	 * keep it for the next netdev of that name. */
	there = if_indextoname(index, name);
	snprintf(command, sizeof(command), "delete chain netdev %s hold%u", in->table.name, index);
	ret = nft_table_run(&in->table, command, there ? name : "that has gone", err);
	return there ? ret : 0;
}

void ingress_destroy(struct ingress *in)
{
	if (!in)
		return;
	nft_table_close(&in->table);
	free(in->held);
	free(in);
}
