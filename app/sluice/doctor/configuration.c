/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>

#include "checks.h"

void check_configuration(const struct machine *m, struct report *r)
{
	char command[COMMAND_LEN];

	snprintf(command, sizeof(command), "sluiced --check -c %.400s", m->config_path);
	if (m->has_config)
		report_line(r, REPORT_OK,
			    "This is what sluiced is asked to do; the rest is judged by it.", NULL,
			    "%s is right: %u port(s)", m->config_path, m->cfg.n_ports);
	else if (m->config_error == -ENOENT && !m->config_named)
		report_line(
			r, REPORT_WARN,
			"sluiced needs a configuration; until there is one, the machine is judged "
			"for any.",
			NULL, "there is no %s", m->config_path);
	else
		report_line(r, REPORT_FAIL, "sluiced refuses such a file as a whole.", command,
			    "%s", m->err.msg);
}
