/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "checks.h"

#define SHOWN 6

struct found {
	unsigned n;        /* IRQs that a worker's CPU serves */
	unsigned movable;  /* those that may be moved there */
	char names[256];   /* of the first: "25 (eth0-rx-0), 26" */
	char numbers[400]; /* of all, or the first */
};

/* The driver's name of it, a folder beside the files: an IRQ without one is not in use. */
static bool action_of(const struct machine *m, const char *irq, char *buf, size_t size)
{
	struct tree_names names;
	bool used = false;

	tree_list(&m->tree, &names, "proc/irq/%s", irq);
	for (unsigned i = 0; i < names.n && !used; i++) {
		char path[PATH_MAX];
		struct stat st;

		tree_path(&m->tree, path, "proc/irq/%s/%s", irq, names.name[i]);
		used = !stat(path, &st) && S_ISDIR(st.st_mode);
		if (used)
			snprintf(buf, size, "%.40s", names.name[i]);
	}
	tree_names_free(&names);
	return used;
}

static void look(const struct machine *m, const char *irq, struct found *f)
{
	cpu_set_t effective, may;
	char action[48];
	size_t len = strlen(f->names);

	if (!action_of(m, irq, action, sizeof(action)))
		return;
	tree_cpus(&m->tree, &may, "proc/irq/%s/smp_affinity_list", irq);
	tree_cpus(&m->tree, &effective, "proc/irq/%s/effective_affinity_list", irq);
	if (!CPU_COUNT(&effective)) /* a kernel that does not tell */
		effective = may;
	CPU_AND(&effective, &effective, &m->workers);
	CPU_AND(&may, &may, &m->workers);
	if (!CPU_COUNT(&effective)) {
		f->movable += CPU_COUNT(&may) > 0;
		return;
	}
	if (f->n++ < SHOWN)
		snprintf(f->names + len, sizeof(f->names) - len, "%s%.8s (%s)", len ? ", " : "",
			 irq, action);
	len = strlen(f->numbers);
	snprintf(f->numbers + len, sizeof(f->numbers) - len, " %.8s", irq);
}

/* A CPU for them that does not forward; -1 when there is none. */
static int spare(const struct machine *m)
{
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &m->allowed) && !CPU_ISSET(cpu, &m->workers))
			return cpu;
	return -1;
}

void check_irqs(const struct machine *m, struct report *r)
{
	char workers[CPUS_LEN], command[COMMAND_LEN];
	struct tree_names irqs;
	struct found f = {0};

	tree_list(&m->tree, &irqs, "proc/irq");
	for (unsigned i = 0; i < irqs.n; i++)
		if (isdigit((unsigned char)*irqs.name[i]))
			look(m, irqs.name[i], &f);
	tree_names_free(&irqs);
	cpus_print(&m->workers, workers);
	snprintf(command, sizeof(command),
		 "for i in%s; do echo %d > /proc/irq/$i/smp_affinity_list; done", f.numbers,
		 spare(m));
	if (f.n)
		report_line(
			r, REPORT_WARN,
			"Each interrupt takes the worker's time (some belong to their driver and "
			"cannot be moved).",
			spare(m) < 0 ? NULL : command, "CPU %s, of workers, serves %u IRQ(s): %s%s",
			workers, f.n, f.names, f.n > SHOWN ? " ..." : "");
	else
		report_line(
			r, REPORT_OK,
			f.movable ? "A change of affinities, or irqbalance, could bring some there."
				  : "Interrupts do not disturb the workers.",
			NULL, "CPU %s, of workers, serves no IRQ; %u may be moved there", workers,
			f.movable);
}
