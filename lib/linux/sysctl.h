/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The switches of Linux without which the kernel would not forward, or answer, what it is handed.
 * Context: control thread.
 */
#ifndef SLUICE_LINUX_SYSCTL_H
#define SLUICE_LINUX_SYSCTL_H

#include "netns.h"

struct sysctl {
	const char *path; /* below /proc/sys; %s: the netdev */
	int want;
	int in_the_way;   /* this value does harm; -1: every other than `want` */
	const char *what; /* that it does */
};

/* Those of the whole namespace. */
#define SYSCTLS_OF_NAMESPACE 3
extern const struct sysctl sysctls_of_namespace[SYSCTLS_OF_NAMESPACE];

/* Whether a value that was found does harm. */
bool sysctl_in_the_way(const struct sysctl *s, int value);

/* Set them (net/ipv4/ip_forward, net/ipv6/conf/all/forwarding,
 * net/ipv4/conf/all/rp_filter), unless the namespace is the machine's first: there each that
 * is in the way is reported by a warning with the command that sets it. Before mirrors are made. */
void sysctl_namespace(const struct netns *ns);

/* Those of a mirror, which is Sluice's own: forwarding on, rp_filter off,
 * ignore_routes_with_linkdown on. What cannot be set is reported. */
void sysctl_mirror(const struct netns *ns, char *netdev);

#endif
