/* SPDX-License-Identifier: BSD-3-Clause */
#include "idle_mode.h"

#include <stddef.h>

const char *const idle_mode_words[] = {
	[IDLE_MODE_POLL] = "poll",
	[IDLE_MODE_PAUSE] = "pause",
	[IDLE_MODE_SLEEP] = "sleep",
	[IDLE_MODE_INTERRUPT] = "interrupt",
	NULL,
};

const char *idle_mode_print(enum idle_mode mode)
{
	return (unsigned)mode <= IDLE_MODE_INTERRUPT ? idle_mode_words[mode] : "unknown";
}
