/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A table of nftables that the kernel itself takes away when the process ends, however that is: its
 * owner is the netlink socket in the nft context, which therefore stays open until the end.
 * Context: control thread.
 */
#ifndef SLUICE_NFT_TABLE_H
#define SLUICE_NFT_TABLE_H

#include "error.h"

struct nft_ctx;

struct nft_table {
	struct nft_ctx *ctx; /* NULL: not open */
	char name[32];       /* that no other process has */
};

/* A context for commands in the network namespace of the thread. The table is made by a command of
 * the caller's: "add table FAMILY NAME { flags owner; }". 0 or -ENOMEM and err: then too it is to
 * be closed.
 */
int nft_table_open(struct nft_table *t, struct error *err);

/* what: whom the commands are about, for err. 0 or -EIO and err, in nftables' words. */
int nft_table_run(struct nft_table *t, const char *commands, const char *what, struct error *err);

/* The table goes, with all that is in it. */
void nft_table_close(struct nft_table *t);

#endif
