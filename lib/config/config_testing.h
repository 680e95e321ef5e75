/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: files that are texts. */
#ifndef SLUICE_CONFIG_TESTING_H
#define SLUICE_CONFIG_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"

/* As config_parse(), of a file "f". */
static inline int parse(const char *text, struct config *cfg, struct error *err)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	int ret;

	assert_non_null(file);
	ret = config_parse(file, "f", cfg, err);
	fclose(file);
	return ret;
}

/* The text is right. cfg is the caller's to free. */
static inline void parses(const char *text, struct config *cfg)
{
	struct error err = {.msg = ""};

	if (parse(text, cfg, &err))
		fail_msg("%s", err.msg);
}

#endif
