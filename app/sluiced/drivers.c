/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "paths.h"

/* What is built and what is installed are the same file: only its place tells. */
static const char *usual_dir(void)
{
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (len < 0)
		return DRIVERS_CFG_INSTALLED;
	exe[len] = '\0';
	return strcmp(exe, SLUICED_BUILT) ? DRIVERS_CFG_INSTALLED : DRIVERS_CFG_SOURCE;
}

int drivers_load(const struct config *cfg, const char *path, struct preset_set *set,
		 struct error *err)
{
	const char *dir = cfg->drivers_cfg ? cfg->drivers_cfg : usual_dir();
	int ret = presets_load(dir, set, err);

	if (ret != -ENOENT)
		return ret;
	if (cfg->drivers_cfg)
		return error_prefix(err, ret, "%s: drivers_cfg", path);
	log_warn("%s; ports get the built-in defaults", err->msg);
	return 0;
}
