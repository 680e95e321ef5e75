/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One table of the netdev family, and in it a chain for each netdev. The table's owner is the
 * netlink socket inside the nft context, which therefore stays open until the end.
 */
#include "ingress.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <nftables/libnftables.h>

#define PRIORITY "-500" /* before the chains of others */

struct ingress {
	struct nft_ctx *nft;
	char table[32];
	unsigned *held; /* indices of netdevs */
	unsigned n;
};

/* 0, or -EIO and the first line of what nftables says. */
static int run(struct ingress *in, const char *command, const char *what, struct error *err)
{
	const char *words;

	if (!nft_run_cmd_from_buffer(in->nft, command))
		return 0;
	words = nft_ctx_get_error_buffer(in->nft);
	return error_set(err, -EIO, "%s: nftables: %.*s", what, (int)strcspn(words, "\n"), words);
}

struct ingress *ingress_create(struct error *err)
{
	struct ingress *in = calloc(1, sizeof(*in));
	char command[128];
	unsigned salt;

	if (!in)
		goto no_memory;
	in->nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!in->nft || nft_ctx_buffer_error(in->nft) || nft_ctx_buffer_output(in->nft))
		goto no_memory;
	/* The pid may be another's too, in a container that shares the namespace. */
	if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
		salt = 0;
	snprintf(in->table, sizeof(in->table), "sluice-%d-%08x", (int)getpid(), salt);
	snprintf(command, sizeof(command), "add table netdev %s { flags owner; }", in->table);
	if (!run(in, command, "table for the netdevs of ports", err))
		return in;
	ingress_destroy(in);
	return NULL;
no_memory:
	ingress_destroy(in);
	error_set(err, -ENOMEM, "out of memory");
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
		 in->table, index, netdev);
	grown = reallocarray(in->held, in->n + 1, sizeof(*grown));
	if (!grown)
		return error_set(err, -ENOMEM, "out of memory");
	in->held = grown;
	ret = run(in, command, netdev, err);
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
	snprintf(command, sizeof(command), "delete chain netdev %s hold%u", in->table, index);
	ret = run(in, command, there ? name : "that has gone", err);
	return there ? ret : 0;
}

void ingress_destroy(struct ingress *in)
{
	if (!in)
		return;
	/* The socket closes, and the table goes. */
	if (in->nft)
		nft_ctx_free(in->nft);
	free(in->held);
	free(in);
}
