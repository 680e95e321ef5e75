/* SPDX-License-Identifier: BSD-3-Clause */
#include "verdict.h"

#include <stdbool.h>
#include <stdio.h>

static bool reaches(const struct verdict *v, double value, double mark)
{
	return v->less_is_better ? value <= mark : value >= mark;
}

void verdict_print(const struct verdict *v, double value, const char *note)
{
	const char *word = "missed";

	if (value <= 0)
		word = "not measured";
	else if (reaches(v, value, v->goal))
		word = "goal reached";
	else if (reaches(v, value, v->must))
		word = "must reached";
	printf("  %-44s %10.2f %-9s must %8.6g, goal %8.6g: %s%s%s\n", v->what, value, v->unit,
	       v->must, v->goal, word, value > 0 && *note ? ", against " : "",
	       value > 0 ? note : "");
}
