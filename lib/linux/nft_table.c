/* SPDX-License-Identifier: BSD-3-Clause */
#include "nft_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <nftables/libnftables.h>

int nft_table_open(struct nft_table *t, struct error *err)
{
	unsigned salt;

	t->ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!t->ctx || nft_ctx_buffer_error(t->ctx) || nft_ctx_buffer_output(t->ctx))
		return error_set(err, -ENOMEM, "out of memory");
	/* The pid may be another's too, in a container that shares the namespace. */
	if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
		salt = 0;
	snprintf(t->name, sizeof(t->name), "sluice-%d-%08x", (int)getpid(), salt);
	return 0;
}

int nft_table_run(struct nft_table *t, const char *commands, const char *what, struct error *err)
{
	const char *words;

	if (!nft_run_cmd_from_buffer(t->ctx, commands))
		return 0;
	words = nft_ctx_get_error_buffer(t->ctx);
	return error_set(err, -EIO, "%s: nftables: %.*s", what, (int)strcspn(words, "\n"), words);
}

void nft_table_close(struct nft_table *t)
{
	if (t->ctx)
		nft_ctx_free(t->ctx);
	t->ctx = NULL;
}
