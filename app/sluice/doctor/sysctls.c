/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "checks.h"
#include "linux/netns.h"
#include "linux/sysctl.h"

/* The values of the thread's namespace, or of the tree. own: sluiced may set them itself. */
static void check_values(const struct machine *m, struct report *r, bool own)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < SYSCTLS_OF_NAMESPACE; i++) {
		const struct sysctl *s = &sysctls_of_namespace[i];
		long value = tree_number(&m->tree, -1, "proc/sys/%s", s->path);
		char command[COMMAND_LEN], meaning[128];

		/* A kernel without the family has no such file. */
		if (value < 0 || !sysctl_in_the_way(s, (int)value))
			continue;
		wrong++;
		snprintf(meaning, sizeof(meaning), "%s.", s->what);
		snprintf(command, sizeof(command), "sysctl -w %s=%d", s->path, s->want);
		if (own)
			report_line(r, REPORT_OK, "sluiced sets it when it starts.", NULL,
				    "%s is %ld", s->path, value);
		else
			report_line(r, REPORT_WARN, meaning, command, "%s is %ld", s->path, value);
	}
	if (!wrong)
		report_line(r, REPORT_OK, "Linux forwards what Sluice hands to it.", NULL,
			    "forwarding and rp_filter are right");
}

/* The switches of the network stack as a whole are files of the machine's first namespace only. */
static bool is_first(const struct machine *m)
{
	return tree_exists(&m->tree, "proc/sys/net/core/dev_weight");
}

void check_sysctls(const struct machine *m, struct report *r)
{
	const char *name = m->has_config ? m->cfg.netns : "";
	struct netns ns;
	struct error err;

	if (!machine_has_mirrors(m)) {
		report_line(r, REPORT_OK, "Nothing is handed to Linux with control: none.", NULL,
			    "not needed");
	} else if (!m->live) {
		if (*name)
			report_line(r, REPORT_OK,
				    "sluiced sets what it needs there when it starts.", NULL,
				    "a copy of files does not have the namespace %s", name);
		else
			check_values(m, r, !is_first(m));
	} else if (netns_open(&ns, name, &err)) {
		/* As nobody one may not look into it; sluiced would not start either. */
		report_line(r, REPORT_FAIL, "sluiced puts the mirrors into this namespace.", NULL,
			    "%s", err.msg);
	} else {
		netns_enter(&ns);
		check_values(m, r, !ns.init);
		netns_leave(&ns);
		netns_close(&ns);
	}
}
