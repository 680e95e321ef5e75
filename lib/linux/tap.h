/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TAP netdevs that outlive the process (TUNSETPERSIST), as the kernel's side of ports.
 * Context: control thread, inside the namespace of the TAP (netns.h), unless said otherwise.
 */
#ifndef SLUICE_TAP_H
#define SLUICE_TAP_H

#include <stdbool.h>

#include "addr.h"
#include "error.h"

#define TAP_ALIAS                                                                       \
	"sluice " /* the alias of every TAP of ours begins so; the owner's name follows \
		   */

struct tap {
	int fd; /* O_NONBLOCK, O_CLOEXEC: one frame a read() or write() */
	int ifindex;
	char name[16]; /* an operator may have given it another than it was made with */
	bool created;  /* it was not there before */
};

struct nl_link;
struct tap_netdevs;

/* The netdevs of the namespace as they are now, for many tap_open() in a row. NULL and err. */
struct tap_netdevs *tap_netdevs_look(struct error *err);
void tap_netdevs_free(struct tap_netdevs *netdevs); /* NULL is allowed */

/* Create the TAP, or take over the one that an earlier run has left, whatever it is called by now.
 * owner: who it belongs to, the path of the API socket. A netdev of the name that is not this one,
 * or one that another process holds, is refused with a sentence. The MAC is set when it differs. A
 * TAP that was created goes with the process until tap_keep(). netdevs: where to look; NULL: what
 * is there now. 0 or -errno and err. */
int tap_open(struct tap *tap, const char *name, const char *owner, const struct mac_addr *mac,
	     const struct tap_netdevs *netdevs, struct error *err);

/* From now on it outlives the process. 0 or -errno and err. */
int tap_keep(const struct tap *tap, struct error *err);

/* Let go of one that was deleted, or moved to another namespace, where it goes away. Any namespace.
 */
void tap_forget(struct tap *tap);

/* It is a TAP of Sluice's, and not of this owner. */
bool tap_is_of_another(const struct nl_link *link, const char *owner);

/* Carrier on or off (TUNSETCARRIER). Any namespace. 0 or -errno. */
int tap_set_carrier(const struct tap *tap, bool on);

/* Have the kernel tell of the carrier now: otherwise it tells of lost ones once a second at most.
 * In the namespace of the netdev. */
void tap_tell_carrier(const struct tap *tap);

/* Let go; the netdev stays, without carrier. */
void tap_close(struct tap *tap);

/* Remove the TAPs of the owner (NULL: of every owner) in this namespace for which keep(ctx, name),
 * by the name that they were made with, is false; keep NULL keeps none. Those that a process holds
 * stay, and the others go. Returns the number removed, or -errno and err (-EBUSY: which one is
 * held). */
int tap_purge(const char *owner, bool (*keep)(void *ctx, const char *name), void *ctx,
	      struct error *err);

#endif
