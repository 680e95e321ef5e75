/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A port on a kernel netdev (af_packet): the kernel gets every frame too, and would answer or
 * forward it a second time. A chain of nftables at the netdev's ingress drops the kernel's copy;
 * the packet socket has its own by then. The table belongs to a netlink socket (flags owner), so
 * that the kernel takes it away with the process, however that ends. Context: control thread, in
 * the namespace of the netdevs.
 */
#ifndef SLUICE_INGRESS_H
#define SLUICE_INGRESS_H

#include "error.h"

struct ingress;

/* NULL and err. */
struct ingress *ingress_create(struct error *err);
/* From now on, until the end or ingress_release(). index: of the netdev, each once. 0 or -errno and
 * err, with the words of nftables. */
int ingress_hold(struct ingress *in, const char *netdev, unsigned index, struct error *err);
/* Gives the netdev back, which may be gone, or never held. 0 or -errno and err. */
int ingress_release(struct ingress *in, unsigned index, struct error *err);
/* Gives every netdev back. NULL is allowed. */
void ingress_destroy(struct ingress *in);

#endif
