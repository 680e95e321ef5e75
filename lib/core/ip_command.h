/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command of ip(8) that does what somebody asked of Sluice where Linux is in control: one line
 * of text that can be pasted into a shell. Context: any thread.
 */
#ifndef SLUICE_IP_COMMAND_H
#define SLUICE_IP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

struct ip_command {
	char text[ERROR_LEN - 80]; /* beside it stands what ip_command_refuse() says */
	size_t len;
	bool cut; /* the last words did not fit */
};

/* Begin: "ip", the way into the network namespace (a name, a path when it has a slash, "" for
 * none), "-6" if the address, prefix or interface address is of IPv6, then the words of what is to
 * be done ("route replace"). */
void ip_command_begin(struct ip_command *c, const char *netns, const char *address,
		      const char *words);

/* The same for bridge(8). */
void bridge_command_begin(struct ip_command *c, const char *netns, const char *words);

/* Add a keyword and its value; either may be NULL. The value is quoted for the shell if need be. */
void ip_command_add(struct ip_command *c, const char *keyword, const char *value);

/* Write the sentence that Linux is in control, with the command. Returns -EOPNOTSUPP. */
int ip_command_refuse(struct error *err, const struct ip_command *c);

#endif
