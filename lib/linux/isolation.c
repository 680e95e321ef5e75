/* SPDX-License-Identifier: BSD-3-Clause */
/* One table, in it a set of netdevs and a chain with one rule. */
#include "isolation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "nft_table.h"

struct isolation {
	struct nft_table table;
	int *members; /* ifindexes */
	unsigned n;
};

static int run(struct isolation *iso, const char *commands, struct error *err)
{
	return nft_table_run(&iso->table, commands, "members of bridges", err);
}

struct isolation *isolation_create(struct error *err)
{
	struct isolation *iso = calloc(1, sizeof(*iso));
	const char *name;
	char commands[512];

	if (!iso) {
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	if (nft_table_open(&iso->table, err))
		goto fail;
	name = iso->table.name;
	snprintf(commands, sizeof(commands),
		 "add table bridge %s { flags owner; }\n"
		 "add set bridge %s members { type iface_index; }\n"
		 "add chain bridge %s forward { type filter hook forward priority -500; }\n"
		 "add rule bridge %s forward iif @members oif @members drop",
		 name, name, name, name);
	if (run(iso, commands, err))
		goto fail;
	return iso;
fail:
	isolation_destroy(iso);
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

	snprintf(command, sizeof(command), "%s element bridge %s members { %d }", word,
		 iso->table.name, ifindex);
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
	nft_table_close(&iso->table);
	free(iso->members);
	free(iso);
}
