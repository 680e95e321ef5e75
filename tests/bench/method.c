/* SPDX-License-Identifier: BSD-3-Clause */
#include "method.h"

#include <stdarg.h>
#include <stdio.h>

#include "bench.h"

struct method *methods_add(struct methods *all, const char *name, enum form form, void *table)
{
	struct method *m;

	if (all->n == METHODS_MAX)
		bench_die("METHODS_MAX is too small");
	m = &all->m[all->n++];
	*m = (struct method){.form = form, .table = table};
	snprintf(m->name, sizeof(m->name), "%s", name);
	return m;
}

void method_missing(struct method *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(m->missing, sizeof(m->missing), format, args);
	va_end(args);
}

uint32_t method_answer32(const void *nh, unsigned i)
{
	return ((const uint32_t *)nh)[i];
}

uint32_t method_answer64(const void *nh, unsigned i)
{
	return (uint32_t)((const uint64_t *)nh)[i];
}
