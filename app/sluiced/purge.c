/* SPDX-License-Identifier: BSD-3-Clause */
#include "purge.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "netns.h"
#include "nl_socket.h"
#include "tap.h"

#define PASSES_MAX 100 /* somebody else may be changing routes all the time */

struct purge {
	struct nl_socket *dump, *requests;
	unsigned routes; /* removed */
	int ret;         /* of the first that failed; err has its sentence */
	struct error *err;
};

static void remove_route(void *ctx, const struct nl_msg *msg)
{
	struct purge *p = ctx;
	struct nl_route route;
	int ret;

	if (p->ret || msg->kind != NL_ROUTE || msg->route.protocol != NL_PROTOCOL ||
	    msg->route.table != RT_TABLE_MAIN || msg->route.cloned)
		return;
	route = msg->route;
	route.n_hops = 0; /* whatever they are */
	ret = nl_route_del(p->requests, &route, p->err);
	if (!ret)
		p->routes++;
	else if (ret != -ESRCH) /* it went with another, or by itself */
		p->ret = ret;
}

/* One dump of the routes, each of Sluice's removed as it comes. Returns 0, or -errno and err. */
static int remove_routes_once(struct purge *p)
{
	int ret = nl_dump_all(p->dump, NL_ROUTE, 0, remove_route, p, p->err);

	return ret ? ret : p->ret;
}

/* A dump whose table changes may leave out some: until one has found nothing. */
static int remove_routes(struct purge *p)
{
	for (unsigned pass = 0; pass < PASSES_MAX; pass++) {
		unsigned before = p->routes;
		int ret = remove_routes_once(p);

		if (ret || p->routes == before)
			return ret;
	}
	return error_set(p->err, -EBUSY, "somebody adds routes while they are removed");
}

/* The mirrors first: when one of them is in use, that ends it. */
static int remove_all(struct purge *p, int *mirrors)
{
	int ret;

	*mirrors = tap_purge(NULL, NULL, NULL, p->err);
	if (*mirrors < 0)
		return *mirrors;
	p->dump = nl_open(p->err);
	if (p->dump)
		p->requests = nl_open(p->err);
	ret = p->requests ? remove_routes(p) : -EIO;
	nl_close(p->requests);
	nl_close(p->dump);
	return ret;
}

int linux_purge(const struct config *cfg, const char *path, struct error *err)
{
	struct purge p = {.err = err};
	struct netns ns;
	int ret, mirrors;

	if (cfg->control == CONTROL_NONE)
		return error_set(err, -EINVAL, "%s: control: none: nothing of Sluice is in Linux",
				 path);
	ret = netns_open(&ns, cfg->netns, err);
	if (ret)
		return error_prefix(err, ret, "%s: netns", path);
	netns_enter(&ns);
	ret = remove_all(&p, &mirrors);
	netns_leave(&ns);
	netns_close(&ns);
	if (mirrors >= 0)
		printf("removed: %d mirror(s), %u route(s)\n", mirrors, p.routes);
	return ret;
}
