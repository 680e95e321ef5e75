/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages made by hand, for the tests of nl_msg.h. */
#ifndef SLUICE_NL_TESTING_H
#define SLUICE_NL_TESTING_H

#include <libmnl/libmnl.h>

#include "nl_msg.h"

/* Begin a message in a buffer that is kept until the next one: head is its fixed part. */
struct nlmsghdr *nl_testing_begin(uint16_t type, const void *head, size_t head_len);

/* An attribute with an address as people write it. */
void nl_testing_addr(struct nlmsghdr *nlh, uint16_t type, const char *text);
/* RTA_VIA. */
void nl_testing_via(struct nlmsghdr *nlh, uint16_t af, const char *text);

/* Parse a copy of exactly the message's length, so that ASan sees a read beyond. */
int nl_testing_parse(const struct nlmsghdr *nlh, struct nl_msg *msg);

/* Parse the message cut at every byte: none may be read beyond, and none of an attribute's bytes
 * may be missing in one that is taken. */
void nl_testing_truncate(const struct nlmsghdr *nlh);

struct ip_addr nl_testing_ip(const char *text);
struct ip_prefix nl_testing_prefix(const char *text);

#endif
