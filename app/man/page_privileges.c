/* SPDX-License-Identifier: BSD-3-Clause */
/* The daemon's capabilities. */
#include <stdio.h>

#include "pages.h"
#include "privileges.h"
#include "roff.h"
#include "version.h"

static void print_kept(const struct privilege *p)
{
	const char *between = "";

	if (!p->keep) {
		puts("Given up then.");
		return;
	}
	fputs("Kept ", stdout);
	for (unsigned bit = 1; bit <= p->keep; bit <<= 1) {
		if (!(p->keep & bit))
			continue;
		fputs(between, stdout);
		roff_text(privilege_when_text((enum privilege_when)bit));
		between = ", or ";
	}
	fputs(", for ", stdout);
	roff_sentence(p->kept_for);
}

void page_privileges(void)
{
	for (unsigned i = 0; i < n_privileges; i++) {
		puts(".TP");
		roff_bold(privileges[i].name);
		fputs("\nAt the start: ", stdout);
		roff_sentence(privileges[i].start);
		print_kept(&privileges[i]);
	}
}

void page_capabilities(void)
{
	for (unsigned i = 0; i < n_privileges; i++)
		printf("%s%s", i ? " " : "", privileges[i].name);
}

void page_version(void)
{
	fputs(SLUICE_VERSION, stdout);
}
