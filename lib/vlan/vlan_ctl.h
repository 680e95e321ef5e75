/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VLAN interfaces that come and go while the workers forward: on a port, on a bridge, or within
 * another VLAN (QinQ). The only way in for configuration, API and Linux.
 *
 * A VLAN interface is down while what it is on is down, its MTU is at most the parent's, its MAC
 * address the parent's unless it was given one; and it goes with its parent. When it goes, so do
 * its neighbours, addresses and static routes (control: none), as those of a port.
 *
 * Context of everything here: control thread.
 */
#ifndef SLUICE_VLAN_CTL_H
#define SLUICE_VLAN_CTL_H

#include "iface_vlans.h"
#include "router.h"

/* Add one, up, without addresses but the link-local one. *iface: it. 0; -EINVAL and
 * err: nothing has changed. */
int vlan_add(struct router *r, const struct iface_vlan *v, struct iface **iface, struct error *err);

/* Take one away, and those within it first. 0; -ENOMEM and err: nothing has changed. */
int vlan_del(struct router *r, struct iface *iface, struct error *err);

/* Take away all that are on the interface, before it goes itself, in two steps: vlan_leaving_new()
 * has what that takes (NULL: no memory), vlan_leave() does it. Between them no VLAN comes or goes.
 * Both take `leaving` with them. */
struct vlan_leaving;
struct vlan_leaving *vlan_leaving_new(const struct router *r, const struct iface *parent);
void vlan_leave(struct router *r, const struct iface *parent, struct vlan_leaving *leaving);
/* They stay. NULL is allowed. */
void vlan_leaving_free(struct vlan_leaving *leaving);

/* Up or down, carrier, MTU or MAC address of the interface have changed: its bridge, its VLANs and
 * those within them follow. A smaller MTU of theirs stays. */
void vlan_follow(struct router *r, const struct iface *parent);

/* Frames with a tag of this type are to come by the interface to `whose`, a VLAN interface or a
 * bridge: say so in the log if the port's driver does not show such tags. */
void vlan_check_protocol(const struct router *r, const struct iface *iface, uint16_t tpid,
			 const char *whose);

#endif
