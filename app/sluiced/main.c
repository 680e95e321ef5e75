/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>

#include <rte_config.h>

#include "args.h"
#include "daemon.h"
#include "drivers.h"
#include "log.h"
#include "purge.h"

/* Everything that can be said of a configuration without touching the machine. */
static int load(const char *path, struct config *cfg, struct error *err)
{
	int ret = config_load(path, cfg, err);

	if (ret || cfg->n_ports <= RTE_MAX_ETHPORTS)
		return ret;
	return error_set(err, -ENOSPC,
			 "%s:%d: ports[%u]: found %u ports, this DPDK is built for at most %u "
			 "(RTE_MAX_ETHPORTS)",
			 path, cfg->ports[RTE_MAX_ETHPORTS].line, RTE_MAX_ETHPORTS, cfg->n_ports,
			 RTE_MAX_ETHPORTS);
}

int main(int argc, char **argv)
{
	struct preset_set presets = {0};
	struct config cfg = {0};
	struct error err;
	struct args args;
	int ret;

	args_parse(&args, argc, argv);
	if (args.verbose)
		log_set_level(LOG_LEVEL_DEBUG);
	ret = load(args.config, &cfg, &err);
	if (!ret && !args.purge)
		ret = drivers_load(&cfg, args.config, &presets, &err);
	if (!ret && args.check)
		printf("%s: ok\n", args.config);
	else if (!ret && args.purge)
		ret = linux_purge(&cfg, args.config, &err);
	else if (!ret)
		ret = daemon_run(&cfg, &presets, args.config, args.verbose, &err);
	if (ret)
		log_err("%s", err.msg);
	presets_free(&presets);
	config_free(&cfg);
	return ret ? 1 : 0;
}
