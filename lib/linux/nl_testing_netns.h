/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A network namespace for the tests of nl_socket.h, and what was heard or dumped in it: v0 and v1
 * are the ends of a veth pair, both up.
 */
#ifndef SLUICE_NL_TESTING_NETNS_H
#define SLUICE_NL_TESTING_NETNS_H

#include "nl_socket.h"

#define SKIPPED   77 /* the exit status that Meson takes for it */
#define LOG_MAX   256
#define WAIT_MS   5000
#define STEPS_MAX 100000u

extern struct nl_socket *ask, *dump;
extern int v0, v1;
extern struct error err;

/* Of more than LOG_MAX messages the rest is counted only. */
extern struct nl_msg heard[LOG_MAX];
extern unsigned n_heard;
extern uint64_t bad;

/* Moves the process into a namespace of its own; the set-up of a group makes the netdevs there.
 * Returns false, with a word why, if the process may not. */
bool namespace_enter(void);
int namespace_set_up(void **state);
int namespace_tear_down(void **state);

/* A command that succeeds. */
void shell(const char *command);

/* An nl_fn that fills heard[]. */
void hear(void *ctx, const struct nl_msg *msg);

/* A listener; what was heard before is forgotten. */
struct nl_socket *listen_now(unsigned buffer);
/* Everything that waits, none of it malformed. */
void receive_all(struct nl_socket *s);

/* A whole dump into heard[]. */
void dump_all(enum nl_kind kind, uint8_t family);
/* The rest of one, returning what the last step returns. */
int dump_go_on(nl_fn fn);

/* The last of heard[] that is about the prefix (routes: of the main table), or NULL. */
const struct nl_msg *about(enum nl_kind kind, const char *to);
/* It, and the test fails if there is none, or if it is not what `deleted` says. */
const struct nl_msg *surely_about(enum nl_kind kind, const char *to, bool deleted);

#endif
