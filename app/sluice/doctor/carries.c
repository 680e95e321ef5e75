/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which netdevs Linux cannot spare: those of default routes, and those by which it reaches the
 * other end of an SSH session. By the text files of /proc/net, so that a copy can be looked at;
 * they have the main table only for IPv4. scripts/setup asks ip(8) and ss(8), which know all,
 * before it binds: it knows sessions by their process, which here is left to root. So the server's
 * ports are taken from its configuration, and from the session that this runs in.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pci.h"

#define SSH_PORT        22
#define SSH_PORTS_MAX   16
#define TCP_ESTABLISHED 1

/* An address in memory order, IPv4 as IPv4-mapped IPv6. */
struct address {
	uint8_t bytes[16];
};

struct lookup {
	struct address dst; /* of which the longest prefix is searched */
	const char *netdev; /* the route has to leave by it */
	int best,
		best_here; /* lengths of the longest prefix, by any netdev and by this; -1: none */
};

/* That an SSH server listens on. */
struct ssh_ports {
	unsigned port[SSH_PORTS_MAX];
	unsigned n;
};

static struct address mapped(uint32_t addr)
{
	struct address a = {{[10] = 0xff, [11] = 0xff}};

	memcpy(a.bytes + 12, &addr, sizeof(addr)); /* procfs prints it as the machine's number */
	return a;
}

static bool covers(const struct address *prefix, int len, const struct address *a)
{
	int whole = len / 8, rest = len % 8;

	return !memcmp(prefix->bytes, a->bytes, (size_t)whole) &&
	       (!rest || !((prefix->bytes[whole] ^ a->bytes[whole]) >> (8 - rest)));
}

static void take(struct lookup *l, const struct address *prefix, int len, const char *netdev)
{
	if (!covers(prefix, len, &l->dst))
		return;
	if (len > l->best)
		l->best = len;
	if (len > l->best_here && !strcmp(netdev, l->netdev))
		l->best_here = len;
}

/* Call take() with each route of the file. */
static void each_route4(const struct machine *m, struct lookup *l)
{
	char *text = tree_text(&m->tree, "proc/net/route"), *rest = text, *line;

	while (rest && (line = strsep(&rest, "\n"))) {
		unsigned dst, mask;
		struct address prefix;
		char netdev[PCI_NAME_LEN];

		if (sscanf(line, "%63s %8x %*x %*x %*d %*d %*d %8x", netdev, &dst, &mask) != 3)
			continue;
		prefix = mapped(dst);
		take(l, &prefix, 96 + __builtin_popcount(mask), netdev);
	}
	free(text);
}

static bool parse6(const char *hex, struct address *a)
{
	for (unsigned i = 0; i < sizeof(a->bytes); i++)
		if (sscanf(hex + 2 * i, "%2hhx", &a->bytes[i]) != 1)
			return false;
	return true;
}

static void each_route6(const struct machine *m, struct lookup *l)
{
	char *text = tree_text(&m->tree, "proc/net/ipv6_route"), *rest = text, *line;

	while (rest && (line = strsep(&rest, "\n"))) {
		char dst[33], netdev[PCI_NAME_LEN];
		struct address prefix;
		unsigned len;

		if (sscanf(line, "%32s %2x %*s %*s %*s %*s %*s %*s %*s %63s", dst, &len, netdev) !=
			    3 ||
		    len > 128 || !parse6(dst, &prefix))
			continue;
		/* Linux has its own default route, that refuses, on lo. */
		if (strcmp(netdev, "lo"))
			take(l, &prefix, (int)len, netdev);
	}
	free(text);
}

/* Does the route to the address leave by the netdev? */
static bool leads_to(const struct machine *m, const struct address *dst, bool v4,
		     const char *netdev)
{
	struct lookup l = {.dst = *dst, .netdev = netdev, .best = -1, .best_here = -1};

	if (v4)
		each_route4(m, &l);
	else
		each_route6(m, &l);
	return l.best_here >= 0 && l.best_here == l.best;
}

/* A default route of either family: its length is 0. */
static bool has_default(const struct machine *m, const char *netdev)
{
	static const struct address zero;
	char *text = tree_text(&m->tree, "proc/net/route"), *rest = text, *line;
	bool found = false;

	while (rest && (line = strsep(&rest, "\n"))) {
		unsigned dst, mask;
		char name[PCI_NAME_LEN];

		if (sscanf(line, "%63s %8x %*x %*x %*d %*d %*d %8x", name, &dst, &mask) == 3)
			found |= !dst && !mask && !strcmp(name, netdev);
	}
	free(text);
	if (!found) {
		struct lookup l = {.dst = zero, .netdev = netdev, .best = -1, .best_here = -1};

		each_route6(m, &l);
		found = l.best_here == 0;
	}
	return found;
}

static bool is_mapped(const struct address *a)
{
	static const uint8_t head[12] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(a->bytes, head, sizeof(head));
}

static void add_port(struct ssh_ports *ports, unsigned port)
{
	if (ports->n < SSH_PORTS_MAX)
		ports->port[ports->n++] = port;
}

/* Lines `Port N` of a file of sshd_config(5), which may also be `port=N`. */
static void add_configured(struct ssh_ports *ports, char *text)
{
	char *rest = text, *line;

	while (rest && (line = strsep(&rest, "\n"))) {
		line += strspn(line, " \t");
		if (!strncasecmp(line, "Port", 4) && line[4] && strchr(" \t=", line[4])) {
			line += 4;
			line += strspn(line, " \t=\"");
			add_port(ports, (unsigned)strtoul(line, NULL, 10));
		}
	}
	free(text);
}

static void find_ssh_ports(const struct machine *m, struct ssh_ports *ports)
{
	const char *session = m->live ? getenv("SSH_CONNECTION") : NULL;
	struct tree_names files;
	unsigned port;

	ports->n = 0;
	add_port(ports, SSH_PORT);
	if (session && sscanf(session, "%*s %*s %*s %u", &port) == 1)
		add_port(ports, port);
	add_configured(ports, tree_text(&m->tree, "etc/ssh/sshd_config"));
	tree_list(&m->tree, &files, "etc/ssh/sshd_config.d");
	for (unsigned i = 0; i < files.n; i++)
		add_configured(ports,
			       tree_text(&m->tree, "etc/ssh/sshd_config.d/%s", files.name[i]));
	tree_names_free(&files);
}

static bool is_ssh_port(const struct ssh_ports *ports, unsigned port)
{
	for (unsigned i = 0; i < ports->n; i++)
		if (ports->port[i] == port)
			return true;
	return false;
}

/* The peer of a line of /proc/net/tcp or tcp6 that is a session of the SSH server. */
static bool parse_session(const char *line, const struct ssh_ports *ports, struct address *peer)
{
	char local[33], remote[33];
	unsigned local_port, state;
	uint32_t word;

	if (sscanf(line, "%*d: %32[0-9A-F]:%4x %32[0-9A-F]:%*x %2x", local, &local_port, remote,
		   &state) != 4 ||
	    !is_ssh_port(ports, local_port) || state != TCP_ESTABLISHED)
		return false;
	if (strlen(remote) == 8) {
		*peer = mapped((uint32_t)strtoul(remote, NULL, 16));
		return true;
	}
	if (strlen(remote) != 32)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		if (sscanf(remote + 8 * i, "%8x", &word) != 1)
			return false;
		memcpy(peer->bytes + 4 * i, &word, sizeof(word));
	}
	return true;
}

static bool has_session(const struct machine *m, const char *file, const char *netdev, char *buf,
			size_t size)
{
	char *text = tree_text(&m->tree, "proc/net/%s", file), *rest = text, *line;
	char shown[INET6_ADDRSTRLEN];
	struct ssh_ports ports;
	struct address peer;
	bool found = false;

	find_ssh_ports(m, &ports);
	while (!found && rest && (line = strsep(&rest, "\n"))) {
		bool v4;

		if (!parse_session(line, &ports, &peer))
			continue;
		v4 = is_mapped(&peer);
		found = leads_to(m, &peer, v4, netdev);
		if (found)
			snprintf(buf, size, "the SSH session from %s",
				 inet_ntop(v4 ? AF_INET : AF_INET6, peer.bytes + (v4 ? 12 : 0),
					   shown, sizeof(shown)));
	}
	free(text);
	return found;
}

/* The netdev itself, and then those on top of it (`upper_NAME` of sysfs). */
static bool carries(const struct machine *m, const char *netdev, unsigned depth, char *buf,
		    size_t size)
{
	struct tree_names names;
	bool found = true;

	if (has_default(m, netdev))
		snprintf(buf, size, "the default route");
	else
		found = has_session(m, "tcp", netdev, buf, size) ||
			has_session(m, "tcp6", netdev, buf, size);
	if (found || !depth)
		return found;
	tree_list(&m->tree, &names, "sys/class/net/%s", netdev);
	for (unsigned i = 0; i < names.n && !found; i++)
		if (!strncmp(names.name[i], "upper_", 6))
			found = carries(m, names.name[i] + 6, depth - 1, buf, size);
	tree_names_free(&names);
	return found;
}

void pci_carries(const struct machine *m, const struct pci_nic *nic, char *buf, size_t size)
{
	*buf = '\0';
	/* A VLAN on a bridge on a bond is 3 deep. */
	for (unsigned i = 0; i < nic->n_netdevs; i++)
		if (carries(m, nic->netdev[i], 4, buf, size))
			return;
}
