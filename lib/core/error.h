/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors that a person reads.
 *
 * A function that can be refused returns 0 or -errno and, beside the number, fills a
 * struct error with one sentence that says what was found and what was expected. The caller owns
 * the struct; nothing is allocated. Context: any thread except workers on the packet path.
 */
#ifndef SLUICE_ERROR_H
#define SLUICE_ERROR_H

#define ERROR_LEN 512

struct error {
	char msg[ERROR_LEN];
};

/* Write the sentence (printf format, cut at ERROR_LEN) and return code, so that a function can end
 * in `return error_set(err, -EINVAL, ...)`. err may be NULL: then only the code is passed on. */
int error_set(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Put "prefix: " before the sentence that stands in err, and return code. */
int error_prefix(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
