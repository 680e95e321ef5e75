/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of a preset. */
#include "preset_tables.h"
#include "preset.h"
#include "tuning_keys.h"

const char *const preset_bind_names[] = {
	[PRESET_BIND_NONE] = "none",
	[PRESET_BIND_MUST_NOT] = "must-not",
	[PRESET_BIND_VFIO] = "vfio-pci",
	[PRESET_BIND_UIO] = "uio_pci_generic",
	NULL,
};

static const char *const no_yes[] = {"no", "yes", NULL};

static const struct schema_key driver_item = {
	.read = schema_read_text,
	.size = sizeof(char *),
	.min = 1,
	.max = 63,
};

static const struct schema_key trap_keys[] = {
	{"text", schema_read_text, SCHEMA_FIELD(preset_trap, text), 1, 1023, .required = true},
	{"source", schema_read_text, SCHEMA_FIELD(preset_trap, source), 1, 255, .required = true},
	{.name = NULL},
};

static const struct schema_key trap_item = {
	.read = schema_read_item,
	.size = sizeof(struct preset_trap),
	.keys = trap_keys,
};

static const struct schema_key preset_keys[] = {
	{"drivers", schema_read_list, SCHEMA_LIST(preset, drivers, n_drivers, &driver_item), 1, 16,
	 .required = true},
	{"about", schema_read_text, SCHEMA_FIELD(preset, about), 1, 255, .required = true},
	TUNING_KEYS(preset),
	{"leave", schema_read_struct, SCHEMA_FIELD(preset, leave), .keys = tuning_leave_keys},
	{"bind", schema_read_word, SCHEMA_FIELD(preset, bind), .words = preset_bind_names,
	 .required = true},
	{"traps", schema_read_list, SCHEMA_LIST(preset, traps, n_traps, &trap_item), .max = 64},
	{"tried", schema_read_word, SCHEMA_FIELD(preset, tried), .words = no_yes, .required = true},
	{"tried_on", schema_read_text, SCHEMA_FIELD(preset, tried_on), 1, 255},
	{.name = NULL},
};

const struct schema_key preset_root = {.keys = preset_keys};
