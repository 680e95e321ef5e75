/* SPDX-License-Identifier: BSD-3-Clause */
/* Bridges of Linux, a part of sync.h: what sync_vlan.c, which looks at all links, asks of
 * sync_bridge.c. Context: control thread. */
#ifndef SLUICE_SYNC_BRIDGE_H
#define SLUICE_SYNC_BRIDGE_H

#include "sync_own.h"

/* Of sync_vlan.c: a link is not followed, which is said once for the same reason. */
void sync_link_refuse(struct sync_link *link, const struct error *err);
/* It is followed, or asks for something else: the next time is another one. */
void sync_link_forget_refused(struct sync_link *link);

/* The interface of a bridge of its own, for a link that is one. NULL and err. */
struct iface *sync_bridge_make(struct sync *s, const struct sync_link *link, struct error *err);
/* Let it be as the link is. */
void sync_bridge_follow(struct sync *s, struct sync_link *link);
/* Members of bridges that follow those of the kernel: the ones that are in them no more leave; the
 * others join, and are as the kernel says. */
void sync_bridge_leave_all(struct sync *s);
void sync_bridge_join_all(struct sync *s);
/* The interface is going to lose its netdev: it leaves a bridge of the kernel's. */
void sync_bridge_leave(struct sync *s, struct iface *iface);

#endif
