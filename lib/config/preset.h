/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The presets of the drivers: what is known of each kind of NIC, one YAML file each in a directory
 * (drivers-cfg/ of the sources). A port whose driver one of them names gets its values, where the
 * configuration says nothing else.
 *
 * A file is refused like a configuration: FILE:LINE:COLUMN, the path of the value, what was found
 * and what was expected. Nothing here needs DPDK. The caller owns a set and frees it with
 * presets_free(). Context: any thread except workers.
 */
#ifndef SLUICE_CONFIG_PRESET_H
#define SLUICE_CONFIG_PRESET_H

#include <stdio.h>

#include "error.h"
#include "tuning.h"

/* To which kernel driver a device is bound for DPDK. */
enum preset_bind {
	PRESET_BIND_NONE,     /* no hardware: nothing to bind */
	PRESET_BIND_MUST_NOT, /* it stays with the kernel's own driver, which DPDK works through */
	PRESET_BIND_VFIO,
	PRESET_BIND_UIO,
};

/* What one can fall into with the driver. */
struct preset_trap {
	int line;
	char *text;
	char *source; /* https:// where that is told */
};

struct preset {
	char *path;     /* of the file */
	char **drivers; /* as in rte_eth_dev_info.driver_name */
	unsigned n_drivers;
	char *about; /* one line */
	struct tuning tuning;
	struct tuning_offloads leave; /* better not used, though the device may have them */
	enum preset_bind bind;
	struct preset_trap *traps;
	unsigned n_traps;
	unsigned tried;
	char *tried_on; /* NULL: it was not tried */
};

struct preset_set {
	struct preset *presets; /* in order of their files' names */
	unsigned n;
};

/* Read every *.yaml of the directory into set, whose old content is not looked at. 0; -ENOENT and
 * err: there is no such directory; -errno or -EINVAL and err: set is empty. */
int presets_load(const char *dir, struct preset_set *set, struct error *err);
/* Empties the set. An empty one is allowed. */
void presets_free(struct preset_set *set);

/* Add the one in an open, seekable file, which stays open; name stands for it in sentences. 0, or
 * -EINVAL, -ENOMEM or -errno of reading with err: the set is as it was. */
int preset_parse(FILE *file, const char *name, struct preset_set *set, struct error *err);

/* The preset of the driver, or NULL. set may be NULL. */
const struct preset *preset_find(const struct preset_set *set, const char *driver);

/* "vfio-pci" and so on. */
const char *preset_bind_name(enum preset_bind bind);

#endif
