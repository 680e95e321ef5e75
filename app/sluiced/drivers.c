/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "paths.h"

/* What is built and what is installed are the same file: only its place tells. The installed one
 * may stand below another root than it was configured for (DESTDIR). */
static const char *usual_dir(char *buf, size_t size)
{
	const size_t tail = strlen(SLUICED_INSTALLED);
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	int root = 0;

	exe[len < 0 ? 0 : len] = '\0';
	if (!strcmp(exe, SLUICED_BUILT))
		return DRIVERS_CFG_SOURCE;
	if (len >= (ssize_t)tail && !strcmp(exe + len - tail, SLUICED_INSTALLED))
		root = (int)(len - (ssize_t)tail);
	snprintf(buf, size, "%.*s%s", root, exe, DRIVERS_CFG_INSTALLED);
	return buf;
}

int drivers_load(const struct config *cfg, const char *path, struct preset_set *set,
		 struct error *err)
{
	char usual[PATH_MAX + sizeof(DRIVERS_CFG_INSTALLED)];
	const char *dir = cfg->drivers_cfg ? cfg->drivers_cfg : usual_dir(usual, sizeof(usual));
	int ret = presets_load(dir, set, err);

	if (ret != -ENOENT)
		return ret;
	if (cfg->drivers_cfg)
		return error_prefix(err, ret, "%s: drivers_cfg", path);
	log_warn("%s; ports get the built-in defaults", err->msg);
	return 0;
}
