/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include <rte_config.h>

#include "args.h"
#include "daemon.h"
#include "log.h"
#include "purge.h"

int main(int argc, char **argv)
{
	struct config cfg = {0};
	struct error err;
	struct args args;
	int ret;

	args_parse(&args, argc, argv);
	if (args.verbose)
		log_set_level(LOG_LEVEL_DEBUG);
	ret = config_load(args.config, &cfg, &err);
	if (!ret)
		ret = config_fits(&cfg, args.config, RTE_MAX_ETHPORTS, &err);
	if (!ret && args.check)
		printf("%s: ok\n", args.config);
	else if (!ret && args.purge)
		ret = linux_purge(&cfg, args.config, &err);
	else if (!ret)
		ret = daemon_run(&cfg, args.config, args.verbose, &err);
	if (ret)
		log_err("%s", err.msg);
	config_free(&cfg);
	return ret ? 1 : 0;
}
