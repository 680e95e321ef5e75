/* SPDX-License-Identifier: BSD-3-Clause */
#include "links.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux/netns.h"
#include "nl_socket.h"

static void add(struct links *links, const char *name, const char *alias)
{
	struct link *more = reallocarray(links->link, links->n + 1, sizeof(*more));

	if (!more)
		return;
	links->link = more;
	snprintf(more[links->n].name, sizeof(more->name), "%s", name);
	snprintf(more[links->n++].alias, sizeof(more->alias), "%s", alias);
}

static void on_link(void *ctx, const struct nl_msg *msg)
{
	if (msg->kind == NL_LINK)
		add(ctx, msg->link.name, msg->link.alias);
}

/* sysfs shows the namespace in which it was mounted, netlink that of the thread. */
static int read_live(const char *netns, struct links *links, struct error *err)
{
	struct nl_socket *s;
	struct netns ns;
	int ret = netns_open(&ns, netns, err);

	if (ret)
		return ret;
	netns_enter(&ns);
	s = nl_open(err);
	ret = s ? nl_dump_all(s, NL_LINK, 0, on_link, links, err) : -EIO;
	nl_close(s);
	netns_leave(&ns);
	netns_close(&ns);
	return ret;
}

int links_read(const struct machine *m, const char *netns, struct links *links, struct error *err)
{
	struct tree_names names;
	int ret;

	*links = (struct links){.n = 0};
	if (m->live) {
		ret = read_live(netns, links, err);
		if (ret)
			links_free(links);
		return ret;
	}
	if (*netns)
		return error_set(err, -ENOTSUP, "a copy of files does not have the namespace %s",
				 netns);
	tree_list(&m->tree, &names, "sys/class/net");
	for (unsigned i = 0; i < names.n; i++) {
		char alias[256];

		tree_read(&m->tree, alias, sizeof(alias), "sys/class/net/%s/ifalias",
			  names.name[i]);
		add(links, names.name[i], alias);
	}
	tree_names_free(&names);
	return 0;
}

void links_free(struct links *links)
{
	free(links->link);
	*links = (struct links){.n = 0};
}

bool links_have(const struct links *links, const char *name)
{
	for (unsigned i = 0; i < links->n; i++)
		if (!strcmp(links->link[i].name, name))
			return true;
	return false;
}
