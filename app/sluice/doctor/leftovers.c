/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "leftovers.h"
#include "links.h"
#include "linux/tap.h"

static void check_socket(const struct machine *m, struct report *r)
{
	char command[COMMAND_LEN];

	snprintf(command, sizeof(command), "rm %.230s %.230s.lock", m->api, m->api);
	switch (machine_socket(m, m->api)) {
	case SOCKET_NONE:
		report_line(r, REPORT_OK, "No sluiced has left its socket.", NULL, "there is no %s",
			    m->api);
		break;
	case SOCKET_HEARD:
		report_line(r, REPORT_OK, "Another cannot be started with this configuration.",
			    NULL, "sluiced runs: it listens on %s", m->api);
		break;
	case SOCKET_STALE:
		report_line(r, REPORT_WARN,
			    "A sluiced that was killed has left it; the next one takes it over.",
			    command, "nobody listens on %s", m->api);
		break;
	case SOCKET_HIDDEN:
		report_line(r, REPORT_WARN, "Whether sluiced runs is not known.",
			    "sudo sluice doctor", "this user may not ask at %s", m->api);
	}
}

/* Is it the mirror of a port, an interface or a bridge of the configuration? The alias ends with
 * its name. */
static bool is_wanted(const struct machine *m, const char *name)
{
	for (unsigned i = 0; i < config_l3_count(&m->cfg); i++)
		if (!strcmp(config_l3(&m->cfg, i).name, name))
			return true;
	return false;
}

/* A TAP whose alias is "sluice OWNER PORT", OWNER being the path of a socket. */
static void check_mirror(const struct machine *m, struct report *r, const struct link *link,
			 const char *netns)
{
	char owner[sizeof(link->alias)], command[COMMAND_LEN];
	const char *where = *netns ? netns : "own";
	char *port;
	bool ours;

	if (strncmp(link->alias, TAP_ALIAS, strlen(TAP_ALIAS)))
		return;
	snprintf(owner, sizeof(owner), "%s", link->alias + strlen(TAP_ALIAS));
	port = strrchr(owner, ' ');
	if (!port)
		return;
	*port++ = '\0';
	if (machine_socket(m, owner) == SOCKET_HEARD)
		return;
	ours = m->has_config && !strcmp(owner, m->api);
	if (*netns)
		snprintf(command, sizeof(command), "ip -n %.300s link del %s", netns, link->name);
	else
		snprintf(command, sizeof(command), "ip link del %s", link->name);
	if (ours && is_wanted(m, port))
		report_line(r, REPORT_OK,
			    "It keeps addresses and routes until sluiced starts again.", NULL,
			    "mirror %s (namespace: %s) waits for sluiced", link->name, where);
	else if (m->has_config && !ours && is_wanted(m, link->name))
		report_line(r, REPORT_FAIL,
			    "sluiced refuses to take over the mirror of another configuration.",
			    command,
			    "mirror %s (namespace: %s) is of a sluiced at %s, which does not run",
			    link->name, where, owner);
	else
		report_line(
			r, REPORT_WARN,
			"Addresses on it answer nobody; `sluiced --purge -c FILE` removes all of a "
			"configuration.",
			command,
			"mirror %s (namespace: %s) is of a sluiced at %s, which does not run",
			link->name, where, owner);
}

static void check_namespace(const struct machine *m, struct report *r, const char *netns)
{
	struct links links;
	struct error err;

	/* That it cannot be entered was said with the sysctls. */
	if (links_read(m, netns, &links, &err))
		return;
	for (unsigned i = 0; i < links.n; i++)
		check_mirror(m, r, &links.link[i], netns);
	links_free(&links);
}

/* In the namespace of the configuration; without one, in all that have names. */
static void check_mirrors(const struct machine *m, struct report *r)
{
	struct tree_names names;

	if (m->has_config) {
		if (m->cfg.control == CONTROL_LINUX)
			check_namespace(m, r, m->cfg.netns);
		return;
	}
	check_namespace(m, r, "");
	if (!m->live)
		return;
	tree_list(&m->tree, &names, "run/netns");
	for (unsigned i = 0; i < names.n; i++)
		check_namespace(m, r, names.name[i]);
	tree_names_free(&names);
}

void check_leftovers(const struct machine *m, struct report *r)
{
	unsigned before = r->count[REPORT_WARN] + r->count[REPORT_FAIL];

	check_socket(m, r);
	check_mirrors(m, r);
	leftovers_of_dpdk(m, r);
	if (r->count[REPORT_WARN] + r->count[REPORT_FAIL] == before)
		report_line(r, REPORT_OK, "Nothing stands in the way of the next start.", NULL,
			    "no mirrors, files or huge pages of runs that were killed");
}
