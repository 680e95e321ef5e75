/* SPDX-License-Identifier: BSD-3-Clause */
/* The program that prepares a machine is a script: it is asked for its usage. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "roff.h"

/* As it is laid out: a word that is moved could be an option's column. */
void page_setup(void)
{
	FILE *usage = popen("\"" SLUICE_SETUP "\" --help", "re");
	char line[256];
	bool any = false;

	puts(".nf");
	while (usage && fgets(line, sizeof(line), usage)) {
		line[strcspn(line, "\n")] = '\0';
		/* mandoc(1) wants no blank line. */
		if (*line)
			roff_literal(line);
		else
			fputs(".sp", stdout);
		putchar('\n');
		any = true;
	}
	puts(".fi");
	if (!usage || pclose(usage) || !any) {
		fprintf(stderr, "man: " SLUICE_SETUP " does not tell its usage\n");
		exit(1);
	}
}
