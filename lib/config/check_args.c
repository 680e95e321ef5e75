/* SPDX-License-Identifier: BSD-3-Clause */
/* The arguments that are handed to DPDK: none that ends it, and none that the daemon gives itself.
 */
#include <string.h>

#include "check.h"

/* What stands instead of the argument; NULL: nothing can. */
struct refused_arg {
	const char *option;
	const char *instead;
};

#define WORKERS "'workers'"
#define MEMORY  "'dpdk.memory'"
#define HUGE    "'dpdk.hugepages'"
#define DEVICES "'ports'"

static const struct refused_arg refused[] = {
	/* They print something and end. */
	{"-h", NULL},
	{"--help", NULL},
	{"-v", NULL},
	{"--version", NULL},
	{"-l", WORKERS},
	{"-c", WORKERS},
	{"-s", WORKERS},
	{"-S", WORKERS},
	{"--lcores", WORKERS},
	{"--main-lcore", WORKERS},
	{"--master-lcore", WORKERS},
	{"-m", MEMORY},
	{"--socket-mem", MEMORY},
	{"--no-huge", HUGE},
	{"--in-memory", HUGE},
	{"--huge-dir", HUGE},
	{"--huge-unlink", HUGE},
	{"-a", DEVICES},
	{"-b", DEVICES},
	{"--allow", DEVICES},
	{"--block", DEVICES},
	{"--vdev", DEVICES},
	{"--no-pci", DEVICES},
	{"--proc-type", NULL},
	{"--file-prefix", NULL},
	{"--no-shconf", NULL},
	{"--telemetry", NULL},
	{"--no-telemetry", NULL},
};

/* DPDK takes a long option by any beginning of its name, with or without "=value", and a short one
 * with more letters behind it. */
static bool is_option(const char *arg, const char *option)
{
	size_t len = strcspn(arg, "=");

	if (strncmp(arg, "--", 2))
		return !strncmp(arg, option, 2);
	return len > 2 && len <= strlen(option) && !strncmp(arg, option, len);
}

static int check_arg(const struct check *c, char *const *arg)
{
	if (!strcmp(*arg, "--"))
		return reader_expected_field(c->reader, arg, "an argument of DPDK");
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		if (!is_option(*arg, refused[i].option))
			continue;
		if (refused[i].instead)
			return reader_expected_field(c->reader, arg, "no %s: %s says that",
						     refused[i].option, refused[i].instead);
		return reader_expected_field(c->reader, arg, "no %s: sluiced decides that itself",
					     refused[i].option);
	}
	return 0;
}

int check_args(const struct check *c)
{
	int ret = 0;

	for (unsigned i = 0; !ret && i < c->cfg->n_eal_args; i++)
		ret = check_arg(c, &c->cfg->eal_args[i]);
	return ret;
}
