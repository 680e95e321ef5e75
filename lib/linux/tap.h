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
	bool created; /* it was not there before */
};

/* Create the TAP, or take over the one that an earlier run has left. owner: who it belongs to, the
 * path of the API socket. A netdev of the name that is not a TAP of this owner, or one that another
 * process holds, is refused with a sentence. The MAC is set when it differs; MTU, up or down and
 * addresses are left as they are. There is no carrier until tap_set_carrier() says so. 0 or -errno
 * and err (-EEXIST: not of this owner; -EBUSY: held). */
int tap_open(struct tap *tap, const char *name, const char *owner, const struct mac_addr *mac,
	     struct error *err);

/* Carrier on or off (TUNSETCARRIER). Any namespace. 0 or -errno. */
int tap_set_carrier(const struct tap *tap, bool on);

/* Let go; the netdev stays, without carrier. */
void tap_close(struct tap *tap);

/* Remove the TAPs of the owner (NULL: of every owner) in this namespace for which keep(ctx, name)
 * is false; keep NULL keeps none. Those that a process holds stay, and the others go. Returns the
 * number removed, or -errno and err (-EBUSY: which one is held). */
int tap_purge(const char *owner, bool (*keep)(void *ctx, const char *name), void *ctx,
	      struct error *err);

#endif
