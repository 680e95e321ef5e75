/* SPDX-License-Identifier: BSD-3-Clause */
/* Netlink messages applied to real tables, small ones. */
#ifndef FUZZ_NETLINK_TABLES_H
#define FUZZ_NETLINK_TABLES_H

struct nl_msg;

/* Apply a message: one that says NLM_F_MULTI as part of a dump, which begins with the first such.
 */
void netlink_tables_apply(const struct nl_msg *msg);

/* The kernel has nothing any more: a dump of nothing must leave nothing, and give back every
 * group and next hop. Ends the process if it does not. */
void netlink_tables_empty(void);

#endif
