/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The capabilities (capabilities(7)) that sluiced needs, each with its reason: one table, of which
 * the daemon, sluiced(8) and the systemd unit are made. What is not in it is never needed.
 *
 * Capabilities belong to threads. Those of DPDK are there before the daemon can do without them,
 * so each thread of the process has to give up its own.
 *
 * The process stays dumpable: a core tells why a router died, and who could read its memory by
 * ptrace(2) is root with all that was given up, and needs no daemon for it.
 */
#ifndef SLUICE_PRIVILEGES_H
#define SLUICE_PRIVILEGES_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

/* When a capability is kept beyond the start. */
enum privilege_when {
	PRIVILEGE_ALWAYS = 1 << 0,
	PRIVILEGE_PHYSICAL = 1 << 1, /* devices are given physical addresses: there is no IOMMU */
	PRIVILEGE_XDP = 1 << 2,      /* a port is an XDP socket */
};

struct privilege {
	int cap;
	const char *name;     /* "CAP_NET_ADMIN" */
	unsigned keep;        /* privilege_when; 0: for the start only */
	const char *start;    /* what the start needs it for */
	const char *kept_for; /* what it is needed for later; NULL: nothing */
};

extern const struct privilege privileges[];
extern const unsigned n_privileges;

/* The words for one privilege_when: "always", "with netns". */
const char *privilege_when_text(enum privilege_when when);

/* The capabilities, a bit each, that are needed after the start when all this holds. */
uint64_t privileges_needed(unsigned when);

/* Those that the calling thread has (permitted). */
uint64_t privileges_have(void);

/* Threads of that name may keep what is in caps, a bit each. */
struct privileges_keeper {
	const char *thread; /* NULL: the end of a list */
	uint64_t caps;
};

/*
 * All threads give up their capabilities but these (permitted, effective, bounding), and all
 * inheritable and ambient ones; execve() can gain no more (PR_SET_NO_NEW_PRIVS). Only the calling
 * thread keeps them, and of them what `also` says those that are called like one of it; the others
 * keep none. The bounding set stays where the process has no CAP_SETPCAP.
 *
 * Other threads do it in a signal handler (SIGRTMIN), whose turn must come within seconds: a thread
 * that blocks all signals keeps what it has, and is named in a warning. Nobody else's signal does
 * anything. Threads made later get what their maker has. Once; context: control thread, while
 * nobody else makes threads.
 * 0; or -errno and err: the calling thread could not.
 */
int privileges_drop(uint64_t keep, const struct privileges_keeper *also, struct error *err);

#endif
