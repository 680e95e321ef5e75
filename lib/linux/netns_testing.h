/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of Linux' side share: a network namespace of the test process' own. */
#ifndef SLUICE_NETNS_TESTING_H
#define SLUICE_NETNS_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>

/* The thread goes into a new namespace, in which lo is up; it ends with the last process in it. For
 * a group of tests, or one. */
int testing_netns(void **state);

/* Run a shell command (printf format) in the namespace of the thread; it must succeed. */
void testing_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The first line of its output, without the newline; valid until the next call. */
const char *testing_output(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A packet socket for every frame that the netdev sends and receives, not blocking. */
int testing_packet_socket(const char *netdev);

/* A process that runs start() and then does nothing until testing_kill(), which waits for its end.
 * start() returns false where it has failed: then the test has. */
pid_t testing_child(bool (*start)(void));
void testing_kill(pid_t child);

/* stderr goes to a file from begin() to end(), which returns what was written there. */
void testing_stderr_begin(void);
const char *testing_stderr_end(void);

#endif
