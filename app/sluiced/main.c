/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>

#include <rte_config.h>

#include "args.h"
#include "daemon.h"
#include "drivers.h"
#include "log.h"
#include "purge.h"
#include "service.h"

/* Everything that can be said of a configuration without touching the machine. */
static int load(const char *path, struct config *cfg, struct error *err)
{
	int ret = config_load(path, cfg, err);

	return ret ? ret : config_fits(cfg, path, RTE_MAX_ETHPORTS, err);
}

/* Until a signal ends it. */
static int serve(const char *path, bool verbose, struct config *cfg, struct error *err)
{
	struct service *service = service_create();
	struct preset_set presets = {0};
	int ret = service ? load(path, cfg, err) : error_set(err, -ENOMEM, "out of memory");

	if (!ret)
		ret = drivers_load(cfg, path, &presets, err);
	if (!ret)
		ret = daemon_run(cfg, &presets, path, verbose, service, err);
	if (service && ret)
		service_failed(service, ret, err);
	service_destroy(service);
	presets_free(&presets);
	return ret;
}

static int check(const char *path, struct config *cfg, struct error *err)
{
	struct preset_set presets = {0};
	int ret = load(path, cfg, err);

	if (!ret)
		ret = drivers_load(cfg, path, &presets, err);
	if (!ret)
		printf("%s: ok\n", path);
	presets_free(&presets);
	return ret;
}

static int purge(const char *path, struct config *cfg, struct error *err)
{
	int ret = load(path, cfg, err);

	return ret ? ret : linux_purge(cfg, path, err);
}

int main(int argc, char **argv)
{
	struct config cfg = {0};
	struct error err;
	struct args args;
	int ret;

	args_parse(&args, argc, argv);
	if (args.verbose)
		log_set_level(LOG_LEVEL_DEBUG);
	if (args.check)
		ret = check(args.config, &cfg, &err);
	else if (args.purge)
		ret = purge(args.config, &cfg, &err);
	else
		ret = serve(args.config, args.verbose, &cfg, &err);
	if (ret)
		log_err("%s", err.msg);
	config_free(&cfg);
	return ret ? 1 : 0;
}
