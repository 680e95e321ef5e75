/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: files that are refused, with the sentence to the letter. */
#ifndef SLUICE_CONFIG_REFUSE_TESTING_H
#define SLUICE_CONFIG_REFUSE_TESTING_H

#include <errno.h>

#include "config_testing.h"

struct refusal {
	const char *text;
	const char *sentence; /* all of it, from the line on */
};

static inline void refused(const struct refusal *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct error err = {.msg = "nothing"};
		char expected[ERROR_LEN];
		struct config cfg;

		assert_int_equal(parse(cases[i].text, &cfg, &err), -EINVAL);
		snprintf(expected, sizeof(expected), "f:%s", cases[i].sentence);
		assert_string_equal(err.msg, expected);
		assert_null(cfg.ports);
		assert_null(cfg.api);
	}
}

#define REFUSED(...)                                         \
	static const struct refusal cases[] = {__VA_ARGS__}; \
	refused(cases, sizeof(cases) / sizeof(*cases))

#endif
