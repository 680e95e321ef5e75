/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Links, mirrors or not: whether they are up and running. The kernel takes routes away, lets them
 * die or come to life with their link, and says of it no more than what it says of the link.
 */
#include <stdlib.h>

#include "log.h"
#include "sync_own.h"

static struct sync_link *find(const struct sync *s, int ifindex)
{
	struct sync_link *link;

	HASH_FIND_INT(s->links, &ifindex, link);
	return link;
}

static void take_out(struct sync *s, struct sync_link *link)
{
	HASH_DEL(s->links, link);
	free(link);
}

bool sync_link_runs(const struct sync *s, int ifindex)
{
	const struct sync_link *link = find(s, ifindex);

	return link && link->up && link->running;
}

bool sync_link_changed(struct sync *s, const struct nl_link *said, bool deleted)
{
	struct sync_link *link = find(s, said->index);
	bool changed;

	if (deleted) {
		if (link)
			take_out(s, link);
		return true;
	}
	changed = !link || link->up != said->up || link->running != said->running;
	if (!link) {
		link = calloc(1, sizeof(*link));
		if (!link)
			return true;
		link->ifindex = said->index;
		HASH_ADD_INT(s->links, ifindex, link);
		if (link->left_out) {
			free(link);
			return true;
		}
	}
	link->up = said->up;
	link->running = said->running;
	link->mark = s->mark;
	return changed;
}

void sync_link_sweep(struct sync *s)
{
	struct sync_link *link, *next;

	HASH_ITER (hh, s->links, link, next) {
		if (link->mark != s->mark)
			take_out(s, link);
	}
}

void sync_link_free(struct sync *s)
{
	struct sync_link *link, *next;

	HASH_ITER (hh, s->links, link, next)
		take_out(s, link);
}
