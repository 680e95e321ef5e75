/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The files of /proc/sys/net are those of the thread's network namespace. Only values that differ
 * are written: even the same value of ip_forward, written again, is work for every netdev, and a
 * change of it resets the switches of all of them.
 */
#include "sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#define PATH_LEN 128

const struct sysctl sysctls_of_namespace[SYSCTLS_OF_NAMESPACE] = {
	{"net/ipv4/ip_forward", 1, -1, "Linux does not forward IPv4 packets of the slow path"},
	{"net/ipv6/conf/all/forwarding", 1, -1,
	 "Linux does not forward IPv6 packets of the slow path"},
	/* Loose (2) asks for a route to the source only, by whatever netdev. */
	{"net/ipv4/conf/all/rp_filter", 0, 1,
	 "Linux drops packets whose source it would reach by another port"},
};

static const struct sysctl of_mirror[] = {
	{"net/ipv4/conf/%s/forwarding", 1, -1, "Linux does not forward IPv4 packets from it"},
	{"net/ipv4/conf/%s/rp_filter", 0, -1,
	 "Linux drops packets whose source it would reach by another port"},
	{"net/ipv4/conf/%s/ignore_routes_with_linkdown", 1, -1,
	 "Linux goes on using IPv4 routes over it when its link is down"},
	{"net/ipv6/conf/%s/forwarding", 1, -1, "Linux does not forward IPv6 packets from it"},
	{"net/ipv6/conf/%s/ignore_routes_with_linkdown", 1, -1,
	 "Linux goes on using IPv6 routes over it when its link is down"},
};

/* The value, or -errno. */
static int sysctl_read(const char *path)
{
	char text[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	int ret = n < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	if (ret)
		return ret;
	text[n] = 0;
	return atoi(text);
}

static int sysctl_write(const char *path, int value)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", value);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	/* Some kernels (6.1: forwarding and ignore_routes_with_linkdown of IPv6) return 1 for all
	 * of it. */
	int ret = fd < 0 || write(fd, text, (size_t)len) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

/* The command that would set it: `sysctl` takes the path with its slashes, so a dot in the name of
 * a netdev does no harm. */
static void warn_of(const struct sysctl *s, const char *name, int ret)
{
	log_warn("%s (%s%s): sysctl -w %s=%d", s->what, ret ? "cannot be set: " : "",
		 ret ? strerror(-ret) : "it is the machine's", name, s->want);
}

bool sysctl_in_the_way(const struct sysctl *s, int value)
{
	return value != s->want && (s->in_the_way < 0 || value == s->in_the_way);
}

/* may_set: write it, else only report what does harm. Of a family that the kernel does not have
 * (or, on a netdev with a small MTU, not there) nothing is said. */
static void apply(const struct sysctl *s, const char *netdev, bool may_set)
{
	char path[PATH_LEN] = "/proc/sys/", *name = path + strlen(path);
	size_t room = sizeof(path) - strlen(path);
	const char *hole = strstr(s->path, "%s");
	int value, ret = 0;

	if (hole)
		snprintf(name, room, "%.*s%s%s", (int)(hole - s->path), s->path, netdev, hole + 2);
	else
		snprintf(name, room, "%s", s->path);
	value = sysctl_read(path);
	if (value == s->want || value == -ENOENT)
		return;
	if (may_set) {
		ret = sysctl_write(path, s->want);
		if (!ret)
			return;
	}
	if (value < 0 || sysctl_in_the_way(s, value))
		warn_of(s, name, ret);
}

void sysctl_namespace(const struct netns *ns)
{
	netns_enter(ns);
	for (size_t i = 0; i < SYSCTLS_OF_NAMESPACE; i++)
		apply(&sysctls_of_namespace[i], NULL, !ns->init);
	netns_leave(ns);
}

static void apply_mirror(void *arg)
{
	const char *netdev = arg;

	for (size_t i = 0; i < sizeof(of_mirror) / sizeof(of_mirror[0]); i++)
		apply(&of_mirror[i], netdev, true);
}

void sysctl_mirror(const struct netns *ns, char *netdev)
{
	netns_call(ns, apply_mirror, netdev);
}
