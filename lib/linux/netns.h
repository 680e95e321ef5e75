/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Network namespaces: the calling thread goes into one and comes back. What is opened inside
 * (sockets, TAPs, files of /proc/sys/net) stays bound to it. To go in needs the right to
 * (CAP_SYS_ADMIN), which a daemon may drop once it runs: so a thread can stay inside, and be
 * called. Context: control thread.
 */
#ifndef SLUICE_NETNS_H
#define SLUICE_NETNS_H

#include <stdbool.h>

#include "error.h"

#define NETNS_THREAD "netns" /* the name of the thread that stays */

struct netns_thread;
typedef void netns_fn(void *arg);

struct netns {
	struct netns_thread *thread; /* that stays inside, or NULL */
	int fd;                      /* of the namespace */
	int home;                    /* of the one that the thread came from */
	bool own;                    /* both are the same */
	bool init;                   /* it is the machine's first one */
};

/* name: as in `ip netns`, a path when it has a slash, "" for the process' own. 0 or -errno and err
 * (-ENOENT: with the command that makes it). */
int netns_open(struct netns *ns, const char *name, struct error *err);
void netns_close(struct netns *ns);

/* Leave a thread in the namespace, until netns_close(). 0 or -errno and err. */
int netns_stay(struct netns *ns, struct error *err);
/* Call fn(arg) inside, and wait for it: by the thread, or else by going there. fn must not use what
 * belongs to the control thread as such (the event loop). */
void netns_call(const struct netns *ns, netns_fn *fn, void *arg);
/* NULL is allowed. */
void netns_thread_end(struct netns_thread *thread);

/* Pairs. Enter cannot fail once open has succeeded, short of a broken kernel: then the process
 * ends with a sentence rather than act in the wrong namespace. */
void netns_enter(const struct netns *ns);
void netns_leave(const struct netns *ns);

#endif
