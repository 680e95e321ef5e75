/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One table, in it a set of netdevs and a chain with one rule. The table's owner is the netlink
 * socket inside the nft context, which therefore stays open until the end.
 */
#include "isolation.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <nftables/libnftables.h>

struct isolation {
	struct nft_ctx *nft;
	char table[32];
	int *members; /* ifindexes */
	unsigned n;
};

/* 0, or -EIO and the first line of what nftables says. */
static int run(struct isolation *iso, const char *command, struct error *err)
{
	const char *words;

	if (!nft_run_cmd_from_buffer(iso->nft, command))
		return 0;
	words = nft_ctx_get_error_buffer(iso->nft);
	return error_set(err, -EIO, "members of bridges: nftables: %.*s", (int)strcspn(words, "\n"),
			 words);
}

struct isolation *isolation_create(struct error *err)
{
	struct isolation *iso = calloc(1, sizeof(*iso));
	char command[512];
	unsigned salt;

	if (!iso)
		goto no_memory;
	iso->nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!iso->nft || nft_ctx_buffer_error(iso->nft) || nft_ctx_buffer_output(iso->nft))
		goto no_memory;
	/* The pid may be another's too, in a container that shares the namespace. */
	if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
		salt = 0;
	snprintf(iso->table, sizeof(iso->table), "sluice-%d-%08x", (int)getpid(), salt);
	snprintf(command, sizeof(command),
		 "add table bridge %s { flags owner; }\n"
		 "add set bridge %s members { type iface_index; }\n"
		 "add chain bridge %s forward { type filter hook forward priority -500; }\n"
		 "add rule bridge %s forward iif @members oif @members drop",
		 iso->table, iso->table, iso->table, iso->table);
	if (!run(iso, command, err))
		return iso;
	isolation_destroy(iso);
	return NULL;
no_memory:
	isolation_destroy(iso);
	error_set(err, -ENOMEM, "out of memory");
	return NULL;
}

static unsigned find(const struct isolation *iso, int ifindex)
{
	unsigned i = 0;

	while (i < iso->n && iso->members[i] != ifindex)
		i++;
	return i;
}

static int change(struct isolation *iso, const char *word, int ifindex, struct error *err)
{
	char command[128];

	snprintf(command, sizeof(command), "%s element bridge %s members { %d }", word, iso->table,
		 ifindex);
	return run(iso, command, err);
}

int isolation_add(struct isolation *iso, int ifindex, struct error *err)
{
	int *grown;
	int ret;

	if (find(iso, ifindex) < iso->n)
		return 0;
	grown = reallocarray(iso->members, iso->n + 1, sizeof(*grown));
	if (!grown)
		return error_set(err, -ENOMEM, "out of memory");
	iso->members = grown;
	ret = change(iso, "add", ifindex, err);
	if (!ret)
		iso->members[iso->n++] = ifindex;
	return ret;
}

int isolation_del(struct isolation *iso, int ifindex, struct error *err)
{
	unsigned i = find(iso, ifindex);

	if (i == iso->n)
		return 0;
	iso->members[i] = iso->members[--iso->n];
	return change(iso, "delete", ifindex, err);
}

void isolation_destroy(struct isolation *iso)
{
	if (!iso)
		return;
	/* The socket closes, and the table goes. */
	if (iso->nft)
		nft_ctx_free(iso->nft);
	free(iso->members);
	free(iso);
}
