/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "apply.h"
#include "args.h"
#include "daemon.h"
#include "log.h"
#include "stats.h"

/* Everything that can be said of a configuration without touching the machine. */
static int load(const struct args *args, struct config *cfg, struct error *err)
{
	struct policer policers[PUNT_CLASS_MAX];
	int ret = config_load(args->config, cfg, err);

	return ret ? ret : apply_punts(cfg, args->config, policers, 1, err);
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
	ret = load(&args, &cfg, &err);
	if (!ret && args.check)
		printf("%s: ok\n", args.config);
	else if (!ret)
		ret = daemon_run(&cfg, args.config, args.verbose, &err);
	if (ret)
		log_err("%s", err.msg);
	config_free(&cfg);
	return ret ? 1 : 0;
}
