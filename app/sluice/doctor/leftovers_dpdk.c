/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "leftovers.h"

#define RUNTIME "var/run/dpdk"

/* sluiced keeps no files there (--in-memory), so an empty folder is all that it leaves. */
static void check_runtime(const struct machine *m, struct report *r, unsigned sluiced)
{
	struct tree_names dirs, files;

	tree_list(&m->tree, &dirs, RUNTIME);
	for (unsigned i = 0; i < dirs.n; i++) {
		char command[COMMAND_LEN];

		if (sluiced || strncmp(dirs.name[i], "sluice", 6))
			continue;
		tree_list(&m->tree, &files, RUNTIME "/%s", dirs.name[i]);
		snprintf(command, sizeof(command), "rm -r %s/" RUNTIME "/%.64s", m->tree.root,
			 dirs.name[i]);
		report_line(r, files.n ? REPORT_WARN : REPORT_OK,
			    "A sluiced that was killed has left it; the next one takes it over.",
			    command, "/" RUNTIME "/%s, of %u file(s), and no sluiced runs",
			    dirs.name[i], files.n);
		tree_names_free(&files);
	}
	tree_names_free(&dirs);
}

/* Does a process hold the file's lock, as DPDK does while it uses it? /proc/locks has its device
 * (hexadecimal) and inode. */
static bool is_locked(const char *locks, const struct stat *st)
{
	char word[64];

	snprintf(word, sizeof(word), " %02x:%02x:%lu ", major(st->st_dev), minor(st->st_dev),
		 (unsigned long)st->st_ino);
	return locks && strstr(locks, word);
}

/* Files of one mount; names are those that DPDK gives: rtemap_0, sluicemap_12. Those that are
 * locked are a running program's, so the command has the names of the others; as many as it has
 * room for.
 */
static void check_mount(const struct machine *m, struct report *r, const char *mount,
			const char *locks)
{
	char command[COMMAND_LEN];
	struct tree_names files;
	size_t len = strlen(strcpy(command, "rm"));
	unsigned n = 0, named = 0;

	tree_list(&m->tree, &files, "%s", mount + 1);
	for (unsigned i = 0; i < files.n; i++) {
		char path[PATH_MAX];
		struct stat st;

		tree_path(&m->tree, path, "%s/%s", mount + 1, files.name[i]);
		if (!strstr(files.name[i], "map_") || stat(path, &st) || is_locked(locks, &st))
			continue;
		n++;
		if (len + strlen(path) + 1 < sizeof(command)) {
			command[len++] = ' ';
			strcpy(command + len, path);
			len += strlen(path);
			named++;
		}
	}
	tree_names_free(&files);
	if (n)
		report_line(
			r, REPORT_WARN,
			"A DPDK program that was killed has left them, and each holds a huge page.",
			named ? command : NULL, "%u file(s) *map_* in %s, held by nobody%s", n,
			mount, named < n ? " (the command has the first)" : "");
}

static void check_mounts(const struct machine *m, struct report *r)
{
	char *mounts = tree_text(&m->tree, "proc/mounts"), *rest = mounts, *line;
	char *locks = tree_text(&m->tree, "proc/locks");

	while (rest && (line = strsep(&rest, "\n"))) {
		char mount[1024], kind[64];

		if (sscanf(line, "%*s %1023s %63s", mount, kind) == 2 && !strcmp(kind, "hugetlbfs"))
			check_mount(m, r, mount, locks);
	}
	free(locks);
	free(mounts);
}

/* Pages in use that no process has mapped: of the default size, as /proc/meminfo counts them. */
static void check_pages(const struct machine *m, struct report *r, unsigned long mapped_mib)
{
	char *text = tree_text(&m->tree, "proc/meminfo");
	unsigned long total = 0, free_pages = 0, kib = 0;
	const char *at = text ? strstr(text, "HugePages_Total:") : NULL;

	if (at &&
	    sscanf(at, "HugePages_Total: %lu HugePages_Free: %lu", &total, &free_pages) == 2 &&
	    (at = strstr(at, "Hugepagesize:")))
		sscanf(at, "Hugepagesize: %lu", &kib);
	free(text);
	if (total > free_pages && kib && !mapped_mib)
		report_line(r, REPORT_WARN,
			    "Files in hugetlbfs or shared memory hold them after their process has "
			    "gone.",
			    "ls -l $(findmnt -nt hugetlbfs -o TARGET); ipcs -m",
			    "%lu MiB of huge pages are in use, by no process",
			    (total - free_pages) * kib / 1024);
}

void leftovers_of_dpdk(const struct machine *m, struct report *r)
{
	unsigned sluiced;
	unsigned long mapped_mib = machine_processes(m, &sluiced);

	check_runtime(m, r, sluiced);
	check_mounts(m, r);
	check_pages(m, r, mapped_mib);
}
