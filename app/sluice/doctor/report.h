/* SPDX-License-Identifier: BSD-3-Clause */
/* What the checks have found: lines, kept as the JSON that -j prints. */
#ifndef SLUICE_DOCTOR_REPORT_H
#define SLUICE_DOCTOR_REPORT_H

#include <stdbool.h>

#include <jansson.h>

enum report_status { REPORT_OK, REPORT_WARN, REPORT_FAIL };

struct report {
	json_t *lines;     /* an array, made by the owner */
	const char *check; /* that runs now */
	unsigned count[3]; /* of lines, by status */
};

#define COMMAND_LEN 512

/* A line of the check that runs: what the finding means, in one sentence; the command that mends it
 * (NULL: there is none); and what was found, in printf's format. Text may come from outside. */
void report_line(struct report *report, enum report_status status, const char *meaning,
		 const char *command, const char *found, ...) __attribute__((format(printf, 5, 6)));

/* Print all lines on stdout, as JSON or for people. */
void report_print(const struct report *report, bool json);

#endif
