/* SPDX-License-Identifier: BSD-3-Clause */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 4096
#define LIMIT (4u << 20) /* bytes of a file; none of /proc and /sys that is read has as many */

static void path_of(const struct tree *tree, char *buf, const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));

static void path_of(const struct tree *tree, char *buf, const char *fmt, va_list args)
{
	int len = snprintf(buf, PATH_MAX, "%s/", tree->root);

	if (len < PATH_MAX)
		vsnprintf(buf + len, (size_t)(PATH_MAX - len), fmt, args);
}

#define PATH_FROM_ARGS(tree, path, fmt)         \
	do {                                    \
		va_list args;                   \
                                                \
		va_start(args, fmt);            \
		path_of(tree, path, fmt, args); \
		va_end(args);                   \
	} while (0)

void tree_path(const struct tree *tree, char *buf, const char *fmt, ...)
{
	PATH_FROM_ARGS(tree, buf, fmt);
}

bool tree_exists(const struct tree *tree, const char *fmt, ...)
{
	char path[PATH_MAX];
	struct stat st;

	PATH_FROM_ARGS(tree, path, fmt);
	return !lstat(path, &st);
}

/* The file at path, with a zero behind it; NULL when it cannot be read. A file of /proc has no
 * length that one could ask for. */
static char *slurp(const char *path, size_t *len)
{
	/* Nothing here is a FIFO, but a tree may be made of anything. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = NULL;
	ssize_t n = 1;

	*len = 0;
	while (fd >= 0 && n > 0 && *len < LIMIT) {
		char *more = realloc(text, *len + CHUNK + 1);

		if (!more)
			break;
		text = more;
		n = read(fd, text + *len, CHUNK);
		*len += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	if (n) { /* it did not come to its end */
		free(text);
		return NULL;
	}
	while (*len && strchr(" \n", text[*len - 1]))
		--*len;
	text[*len] = '\0';
	return text;
}

bool tree_read(const struct tree *tree, char *buf, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX], *text;
	size_t len;

	PATH_FROM_ARGS(tree, path, fmt);
	text = slurp(path, &len);
	snprintf(buf, size, "%s", text ? text : "");
	free(text);
	return text;
}

char *tree_text(const struct tree *tree, const char *fmt, ...)
{
	char path[PATH_MAX];
	size_t len;

	PATH_FROM_ARGS(tree, path, fmt);
	return slurp(path, &len);
}

void tree_cpus(const struct tree *tree, cpu_set_t *set, const char *fmt, ...)
{
	char path[PATH_MAX], *text;
	size_t len;

	PATH_FROM_ARGS(tree, path, fmt);
	text = slurp(path, &len);
	cpus_parse(text ? text : "", set);
	free(text);
}

long tree_number(const struct tree *tree, long missing, const char *fmt, ...)
{
	char path[PATH_MAX], *text, *end;
	long number = missing;
	size_t len;

	PATH_FROM_ARGS(tree, path, fmt);
	text = slurp(path, &len);
	if (text) {
		number = strtol(text, &end, strncmp(text, "0x", 2) ? 10 : 16);
		if (end == text)
			number = missing;
	}
	free(text);
	return number;
}

bool tree_link(const struct tree *tree, char *buf, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *slash;
	ssize_t len;

	PATH_FROM_ARGS(tree, path, fmt);
	len = readlink(path, target, sizeof(target) - 1);
	target[len > 0 ? len : 0] = '\0';
	slash = strrchr(target, '/');
	snprintf(buf, size, "%s", slash ? slash + 1 : target);
	return len > 0;
}

static int by_version(const void *a, const void *b)
{
	return strverscmp(a, b);
}

bool tree_list(const struct tree *tree, struct tree_names *names, const char *fmt, ...)
{
	char path[PATH_MAX], (*more)[TREE_NAME_LEN];
	struct dirent *entry;
	DIR *dir;

	PATH_FROM_ARGS(tree, path, fmt);
	*names = (struct tree_names){.n = 0};
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		more = reallocarray(names->name, names->n + 1, sizeof(*more));
		if (!more)
			break;
		names->name = more;
		snprintf(more[names->n++], sizeof(*more), "%s", entry->d_name);
	}
	if (names->n)
		qsort(names->name, names->n, sizeof(*names->name), by_version);
	if (dir)
		closedir(dir);
	return dir;
}

void tree_names_free(struct tree_names *names)
{
	free(names->name);
	*names = (struct tree_names){.n = 0};
}
