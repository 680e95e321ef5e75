/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Network namespaces: the calling thread goes into one and comes back. What is opened inside
 * (sockets, TAPs, files of /proc/sys/net) stays bound to it. Context: control thread.
 */
#ifndef SLUICE_NETNS_H
#define SLUICE_NETNS_H

#include <stdbool.h>

#include "error.h"

struct netns {
	int fd;    /* of the namespace */
	int home;  /* of the one that the thread came from */
	bool own;  /* both are the same */
	bool init; /* it is the machine's first one */
};

/* name: as in `ip netns`, a path when it has a slash, "" for the process' own. 0 or -errno and err
 * (-ENOENT: with the command that makes it). */
int netns_open(struct netns *ns, const char *name, struct error *err);
void netns_close(struct netns *ns);

/* Pairs. Enter cannot fail once open has succeeded, short of a broken kernel: then the process
 * ends with a sentence rather than act in the wrong namespace. */
void netns_enter(const struct netns *ns);
void netns_leave(const struct netns *ns);

#endif
