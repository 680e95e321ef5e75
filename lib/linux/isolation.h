/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Members of a kernel bridge between which Sluice forwards: what it punts by one of them, the
 * kernel's bridge would send out of the others a second time. A chain of nftables (family bridge,
 * hook forward) drops frames from any such netdev to any other; what goes to the bridge itself,
 * comes from it, or from and to other members passes. The flag `isolated` of bridge ports would do
 * it too, but that is the operator's. The table belongs to a netlink socket (flags owner), so that
 * the kernel takes it away with the process, however that ends. Context: control thread; create in
 * the namespace of the mirrors.
 */
#ifndef SLUICE_ISOLATION_H
#define SLUICE_ISOLATION_H

#include "error.h"

struct isolation;

/* NULL and err: -EIO with the words of nftables, -ENOMEM. */
struct isolation *isolation_create(struct error *err);
/* From now on, until the end or isolation_del(); one that has been added is left as it is. ifindex:
 * of the netdev. 0 or -errno and err. */
int isolation_add(struct isolation *iso, int ifindex, struct error *err);
/* The netdev may be gone, or never added. 0 or -errno and err. */
int isolation_del(struct isolation *iso, int ifindex, struct error *err);
/* NULL is allowed. */
void isolation_destroy(struct isolation *iso);

#endif
