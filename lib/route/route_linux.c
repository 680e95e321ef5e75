/* SPDX-License-Identifier: BSD-3-Clause */
#include "route_linux.h"

#include <errno.h>
#include <stdlib.h>

#include "log.h"
#include "route_chain.h"

static bool is_run(const struct route *route, const struct route_linux *want)
{
	return route && route->source == want->source && route->metric == want->metric;
}

/* The link that leads to the first route of the source and metric, or to where such a one belongs.
 */
static struct route **run_of(struct route **at, const struct route_linux *want)
{
	while (*at && ((*at)->source < want->source ||
		       ((*at)->source == want->source && (*at)->metric < want->metric)))
		at = &(*at)->next;
	return at;
}

/* The link to the very route, within the run; NULL: it is not there. */
static struct route **find_same(struct route **at, const struct route_linux *want)
{
	for (; is_run(*at, want); at = &(*at)->next)
		if ((*at)->slot == want->slot && (*at)->id == want->id)
			return at;
	return NULL;
}

/* Does the new route take the place of this one? */
static bool is_victim(const struct route *route, const struct route_linux *want,
		      enum route_place place)
{
	switch (place) {
	case ROUTE_REPLACE_FIRST:
		return true;
	case ROUTE_REPLACE_SLOT:
		return route->slot == want->slot;
	case ROUTE_REPLACE_KIND:
		return !route->slot == !want->slot;
	case ROUTE_DUMPED:
		return route->slot == want->slot && route->mark != want->mark;
	default:
		return false;
	}
}

/* The link where the new route goes; *replaces: instead of what stands there. */
static struct route **place_of(struct route **run, const struct route_linux *want,
			       enum route_place place, bool *replaces)
{
	struct route **at = run;

	*replaces = false;
	if (place == ROUTE_FIRST)
		return run;
	for (; is_run(*at, want); at = &(*at)->next)
		if (is_victim(*at, want, place)) {
			*replaces = true;
			return at;
		}
	if (place == ROUTE_REPLACE_KIND && is_run(*run, want)) {
		*replaces = true;
		return run;
	}
	return at;
}

/* Behind another of its source a route cannot be seen: neither workers nor neighbours notice. */
static bool is_hidden(const struct route *head, const struct route *route)
{
	while (head != route) {
		if (head->source == route->source)
			return true;
		head = head->next;
	}
	return false;
}

static void set_no_room(struct route_table *t, const struct ip_prefix *prefix, struct route *route,
			bool no_room)
{
	uint32_t *n = route_n_no_room(t, prefix->addr.family);

	*n += (uint32_t)no_room - (uint32_t)route->no_room;
	route->no_room = no_room;
}

static void forget(struct route_table *t, const struct ip_prefix *prefix, struct route *gone)
{
	set_no_room(t, prefix, gone, false);
	gone->next = NULL;
	route_chain_free(t, gone);
	--*route_n_linux(t, prefix->addr.family);
}

static int put_new(struct route_table *t, const struct route_linux *want, struct route **head,
		   struct route **at, bool replaces, struct route *route, struct error *err)
{
	struct route *old = *at;
	int ret = 0;

	route->next = replaces ? old->next : old;
	*at = route;
	if (!is_hidden(*head, route))
		ret = route_publish(t, &want->prefix, *head, want->source, err);
	if (ret) {
		*at = old;
		return ret;
	}
	++*route_n_linux(t, want->prefix.addr.family);
	set_no_room(t, &want->prefix, route, want->no_room);
	if (replaces)
		forget(t, &want->prefix, old);
	return 0;
}

static int take_out(struct route_table *t, const struct ip_prefix *prefix, struct route **head,
		    struct route **at, struct error *err)
{
	struct route *gone = *at;
	bool hidden = is_hidden(*head, gone);
	int ret = 0;

	*at = gone->next;
	if (!hidden)
		ret = route_publish(t, prefix, *head, gone->source, err);
	if (ret) {
		*at = gone;
		return ret;
	}
	forget(t, prefix, gone);
	return 0;
}

/* Take out the routes of the run that stand before this one. */
static void take_out_before(struct route_table *t, const struct route_linux *want,
			    const struct route *keep)
{
	struct route *head = route_chain(t, &want->prefix);
	struct route **at = run_of(&head, want);

	while (*at != keep)
		if (take_out(t, &want->prefix, &head, at, NULL))
			at = &(*at)->next;
}

static struct route *route_new(const struct route_linux *want, struct nexthop_group *group)
{
	struct route *route = calloc(1, sizeof(*route));

	if (!route)
		return NULL;
	*route = (struct route){
		.group = group,
		.refs = 1,
		.metric = want->metric,
		.slot = want->slot,
		.id = want->id,
		.mark = want->mark,
		.source = want->source,
		.type = want->type,
	};
	return route;
}

int route_linux_put(struct route_table *t, const struct route_linux *want, enum route_place place,
		    struct nexthop_group *group, struct error *err)
{
	struct route *head = route_chain(t, &want->prefix), *route;
	struct route **same = find_same(run_of(&head, want), want), **at;
	bool replaces = same;
	int ret;

	if (same && place == ROUTE_REPLACE_FIRST) {
		take_out_before(t, want, *same);
		head = route_chain(t, &want->prefix);
		same = find_same(run_of(&head, want), want);
	}
	if (same && (*same)->group == group) {
		nexthop_group_put(route_nexthops(t), group);
		(*same)->mark = want->mark;
		set_no_room(t, &want->prefix, *same, want->no_room);
		return 0;
	}
	at = same ? same : place_of(run_of(&head, want), want, place, &replaces);
	route = route_new(want, group);
	if (!route) {
		nexthop_group_put(route_nexthops(t), group);
		return error_set(err, -ENOMEM, "out of memory");
	}
	ret = put_new(t, want, &head, at, replaces, route, err);
	if (ret) {
		route->next = NULL;
		route_chain_free(t, route);
	}
	return ret;
}

int route_linux_del(struct route_table *t, const struct route_linux *which, struct error *err)
{
	struct route *head = route_chain(t, &which->prefix);
	struct route **at = find_same(run_of(&head, which), which);
	char buf[IP_PREFIX_STRLEN];

	if (!at)
		return error_set(err, -ENOENT, "there is no such route %s with metric %u",
				 ip_prefix_print(&which->prefix, buf), which->metric);
	return take_out(t, &which->prefix, &head, at, err);
}

const struct route *route_linux_get(const struct route_table *t, const struct route_linux *which)
{
	struct route *head = route_chain(t, &which->prefix);
	struct route **at = run_of(&head, which);

	for (; is_run(*at, which); at = &(*at)->next)
		if ((*at)->slot == which->slot)
			return *at;
	return NULL;
}

void route_linux_touch(struct route_table *t, const struct route_linux *which)
{
	struct route *head = route_chain(t, &which->prefix);

	for (struct route **at = run_of(&head, which); is_run(*at, which); at = &(*at)->next)
		(*at)->mark = which->mark;
}

static bool is_linux(const struct route *route)
{
	return route->source == ROUTE_LOCAL || route->source == ROUTE_LINUX_ODD ||
	       route->source == ROUTE_LINUX;
}

static void sweep_chain(struct route_table *t, const struct ip_prefix *prefix, uint16_t mark)
{
	struct route *head = route_chain(t, prefix), **at = &head;

	while (*at) {
		struct error err;

		if (!is_linux(*at) || (*at)->mark == mark)
			at = &(*at)->next;
		else if (take_out(t, prefix, &head, at, &err)) {
			log_warn("a route that Linux does not have stays: %s", err.msg);
			at = &(*at)->next;
		}
	}
}

int route_linux_sweep(struct route_table *t, uint8_t family, struct ip_prefix *at, uint16_t mark,
		      unsigned budget)
{
	const struct ip_prefix all = {.addr.family = family};
	const struct route *route;

	for (; budget; budget--) {
		if (!route_next(t, &all, at, &route))
			return 0;
		sweep_chain(t, at, mark);
	}
	return 1;
}

uint32_t route_linux_no_room(struct route_table *t, uint8_t family)
{
	return *route_n_no_room(t, family);
}

uint32_t route_linux_count(struct route_table *t, uint8_t family)
{
	return *route_n_linux(t, family);
}
