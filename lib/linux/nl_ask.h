/* SPDX-License-Identifier: BSD-3-Clause */
/* A request to the kernel and its answer, for the requests of nl_socket.h. Context: control thread.
 */
#ifndef SLUICE_NL_ASK_H
#define SLUICE_NL_ASK_H

#include <libmnl/libmnl.h>

#include "nl_socket.h"

/* The socket's buffer, aligned for a message. There is room for a route with NL_HOPS_MAX hops, each
 * with an IPv6 gateway. The kernel fills datagrams of a dump up to 32 KiB if
 * the receiver has room; a link with many virtual functions may be larger. */
#define NL_BUFFER_SIZE 65536
void *nl_buffer(struct nl_socket *s);

/* Begin a message in the socket's buffer, which lasts until the next use of the socket; flags
 * beside NLM_F_REQUEST and NLM_F_ACK. */
struct nlmsghdr *nl_request(struct nl_socket *s, uint16_t type, uint16_t flags);

/* Send it and take the answer: as the requests of nl_socket.h. */
int nl_ask(struct nl_socket *s, struct nlmsghdr *nlh, struct error *err);

/* Send messages that stand one behind the other in the socket's buffer, len bytes, which ask for no
 * answer. How many the kernel has refused; -errno and err. */
int nl_tell(struct nl_socket *s, size_t len, struct error *err);

#endif
