/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "args.h"
#include "daemon.h"
#include "log.h"

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
	if (!ret && args.check)
		printf("%s: ok\n", args.config);
	else if (!ret)
		ret = daemon_run(&cfg, args.config, args.verbose, &err);
	if (ret)
		log_err("%s", err.msg);
	config_free(&cfg);
	return ret ? 1 : 0;
}
