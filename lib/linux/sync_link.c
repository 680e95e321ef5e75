/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Links, mirrors or not: whether they are up and running, and what they are to each other. The
 * kernel takes routes away, lets them die or come to life with their link, and says of it no more
 * than what it says of the link.
 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "sync_bridge.h"
#include "sync_own.h"

struct sync_link *sync_link_find(const struct sync *s, int ifindex)
{
	struct sync_link *link;

	HASH_FIND_INT(s->links, &ifindex, link);
	return link;
}

static void take_out(struct sync *s, struct sync_link *link)
{
	HASH_DEL(s->links, link);
	free(link->vlans);
	free(link->refused_why);
	free(link);
}

bool sync_link_runs(const struct sync *s, int ifindex)
{
	const struct sync_link *link = sync_link_find(s, ifindex);

	return link && link->said.up && link->said.running;
}

static struct sync_link *keep(struct sync *s, int ifindex)
{
	struct sync_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->ifindex = ifindex;
	HASH_ADD_INT(s->links, ifindex, link);
	if (!link->left_out)
		return link;
	free(link);
	return NULL;
}

/* What a message says of a link that has nothing to do with a bridge says nothing of its port. */
static void note(struct sync_link *link, const struct nl_link *said)
{
	struct nl_brport port = link->said.brport;
	bool has_port = link->said.has_brport && said->master == link->said.master;

	link->said = *said;
	if (said->has_brport || !has_port)
		return;
	link->said.has_brport = true;
	link->said.brport = port;
}

static void heard(struct sync *s, struct sync_link *link, bool news)
{
	s->links_changed |= news || link->refused;
	link->refused = false;
}

bool sync_link_changed(struct sync *s, const struct nl_link *said, bool deleted)
{
	struct sync_link *link = sync_link_find(s, said->index);
	struct nl_link before;
	bool changed, news;

	if (deleted) {
		if (link)
			link->gone = true;
		s->links_changed = true;
		return true;
	}
	changed = !link || link->said.up != said->up || link->said.running != said->running ||
		  link->said.master != said->master ||
		  link->said.vlan_filtering != said->vlan_filtering ||
		  (said->type == NL_LINK_BRIDGE && link->said.tpid != said->tpid) ||
		  link->said.default_pvid != said->default_pvid;
	if (!link)
		link = keep(s, said->index);
	if (!link)
		return true;
	if (link->said.master != said->master)
		sync_link_forget_refused(link);
	memcpy(&before, &link->said, sizeof(before));
	note(link, said);
	news = link->gone || memcmp(&before, &link->said, sizeof(before));
	heard(s, link, news);
	link->gone = false;
	link->mark = s->mark;
	return changed;
}

static bool vlans_differ(const struct sync_link *link, const struct nl_port *port)
{
	static const uint64_t none[NL_VLANS / 64];

	if (!link->vlans)
		return memcmp(port->vlans, none, sizeof(none));
	return link->vlans->pvid != port->pvid ||
	       memcmp(link->vlans->vlans, port->vlans, sizeof(port->vlans)) ||
	       memcmp(link->vlans->untagged, port->untagged, sizeof(port->untagged));
}

static void note_vlans(struct sync_link *link, const struct nl_port *port)
{
	static const uint64_t none[NL_VLANS / 64];

	if (!memcmp(port->vlans, none, sizeof(none))) {
		free(link->vlans);
		link->vlans = NULL;
		return;
	}
	if (!link->vlans)
		link->vlans = malloc(sizeof(*link->vlans));
	if (!link->vlans) {
		log_warn("%s: its VLANs are not kept: out of memory", link->said.name);
		return;
	}
	link->vlans->pvid = port->pvid;
	memcpy(link->vlans->vlans, port->vlans, sizeof(port->vlans));
	memcpy(link->vlans->untagged, port->untagged, sizeof(port->untagged));
}

void sync_link_port(struct sync *s, const struct nl_msg *msg)
{
	const struct nl_port *port = &msg->port;
	struct sync_link *link = sync_link_find(s, port->index);
	struct nl_link before;

	if (!link)
		return; /* its own message is still to come, and then a dump */
	if (msg->deleted) {
		s->links_changed = true;
		link->said.has_brport = false;
		if (link->said.master == port->master)
			link->said.master = 0;
		free(link->vlans);
		link->vlans = NULL;
		return;
	}
	memcpy(&before, &link->said, sizeof(before));
	if (port->has_brport) {
		link->said.master = port->master;
		link->said.has_brport = true;
		link->said.brport = port->brport;
	}
	if (vlans_differ(link, port)) {
		heard(s, link, true);
		note_vlans(link, port);
		s->stale = true; /* static entries of VLANs that it was not in */
	} else {
		heard(s, link, memcmp(&before, &link->said, sizeof(before)));
	}
}

void sync_link_sweep(struct sync *s)
{
	struct sync_link *link, *next;

	HASH_ITER (hh, s->links, link, next) {
		link->gone |= link->mark != s->mark;
		s->links_changed |= link->gone;
	}
	sync_bridges_settle(s);
}

void sync_link_forget_gone(struct sync *s)
{
	struct sync_link *link, *next;

	HASH_ITER (hh, s->links, link, next) {
		if (link->gone && !link->iface)
			take_out(s, link);
	}
}

void sync_link_free(struct sync *s)
{
	struct sync_link *link, *next;

	HASH_ITER (hh, s->links, link, next)
		take_out(s, link);
}
