/* SPDX-License-Identifier: BSD-3-Clause */
#include "preset.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "preset_tables.h"

static void preset_clear(struct preset *p)
{
	for (unsigned i = 0; i < p->n_drivers; i++)
		free(p->drivers[i]);
	for (unsigned i = 0; i < p->n_traps; i++) {
		free(p->traps[i].text);
		free(p->traps[i].source);
	}
	free(p->path);
	free(p->drivers);
	free(p->about);
	free(p->traps);
	free(p->tried_on);
}

void presets_free(struct preset_set *set)
{
	for (unsigned i = 0; i < set->n; i++)
		preset_clear(&set->presets[i]);
	free(set->presets);
	*set = (struct preset_set){0};
}

const struct preset *preset_find(const struct preset_set *set, const char *driver)
{
	for (unsigned i = 0; set && i < set->n; i++)
		for (unsigned j = 0; j < set->presets[i].n_drivers; j++)
			if (!strcmp(set->presets[i].drivers[j], driver))
				return &set->presets[i];
	return NULL;
}

const char *preset_bind_name(enum preset_bind bind)
{
	return preset_bind_names[bind];
}

/* A driver has one preset. */
static int check_drivers(struct reader *r, const struct preset *p, const struct preset_set *set)
{
	for (unsigned i = 0; i < p->n_drivers; i++) {
		const struct preset *other = preset_find(set, p->drivers[i]);

		if (other)
			return reader_expected_field(
				r, &p->drivers[i], "a driver other than those of %s", other->path);
		for (unsigned j = 0; j < i; j++)
			if (!strcmp(p->drivers[i], p->drivers[j]))
				return reader_expected_field(r, &p->drivers[i], "each driver once");
	}
	return 0;
}

/* What is used cannot be left. */
static int check_leave(struct reader *r, const struct preset *p)
{
	if (p->leave.rx & p->tuning.offloads.rx)
		return reader_refuse_field(r, &p->leave.rx,
					   "found an offload that stands in offloads.rx too");
	if (p->leave.tx & p->tuning.offloads.tx)
		return reader_refuse_field(r, &p->leave.tx,
					   "found an offload that stands in offloads.tx too");
	return 0;
}

static int check_traps(struct reader *r, const struct preset *p)
{
	static const char https[] = "https://";

	for (unsigned i = 0; i < p->n_traps; i++)
		if (strncmp(p->traps[i].source, https, strlen(https)) ||
		    strpbrk(p->traps[i].source, " \t\n"))
			return reader_expected_field(r, &p->traps[i].source, "a link (%s...)",
						     https);
	return 0;
}

static int check_tried(struct reader *r, const struct preset *p)
{
	if (p->tried && !p->tried_on)
		return reader_refuse_field(r, &p->tried,
					   "found 'yes', expected the key 'tried_on' beside it");
	if (!p->tried && p->tried_on)
		return reader_refuse_field(r, &p->tried_on, "found a text, but 'tried' is 'no'");
	return 0;
}

static int read_preset(struct reader *r, const char *name, const struct preset_set *set,
		       struct preset *p)
{
	int ret;

	p->path = strdup(name);
	ret = p->path ? schema_read_section(r, READER_ROOT, &preset_root, p) : reader_no_memory(r);
	if (!ret)
		ret = check_drivers(r, p, set);
	if (!ret)
		ret = check_leave(r, p);
	if (!ret)
		ret = check_traps(r, p);
	return ret ? ret : check_tried(r, p);
}

int preset_parse(FILE *file, const char *name, struct preset_set *set, struct error *err)
{
	struct preset *grown = reallocarray(set->presets, set->n + 1, sizeof(*grown));
	struct reader reader;
	struct preset *p;
	int ret;

	if (!grown)
		return error_set(err, -ENOMEM, "%s: out of memory", name);
	set->presets = grown;
	p = &grown[set->n];
	memset(p, 0, sizeof(*p));
	ret = reader_open(&reader, file, name, err);
	if (ret)
		return ret;
	ret = read_preset(&reader, name, set, p);
	reader_close(&reader);
	if (ret)
		preset_clear(p);
	else
		set->n++;
	return ret;
}

static int load_file(const char *path, struct preset_set *set, struct error *err)
{
	int ret = 0;
	FILE *file = file_open_regular(path, &ret, err);

	if (!file)
		return ret;
	ret = preset_parse(file, path, set, err);
	fclose(file);
	return ret;
}

/* NAME.yaml, but for hidden files, as editors make them. */
static int is_preset(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return *entry->d_name != '.' && dot && !strcmp(dot, ".yaml");
}

int presets_load(const char *dir, struct preset_set *set, struct error *err)
{
	struct dirent **names;
	char path[PATH_MAX];
	int n = scandir(dir, &names, is_preset, alphasort), ret = 0;

	*set = (struct preset_set){0};
	if (n < 0)
		return error_set(err, -errno, "%s: the presets of the drivers cannot be read: %s",
				 dir, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (!ret && snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name) >=
				    (int)sizeof(path))
			ret = error_set(err, -ENAMETOOLONG, "%s: the path is too long", dir);
		if (!ret)
			ret = load_file(path, set, err);
		free(names[i]);
	}
	free(names);
	if (ret)
		presets_free(set);
	return ret;
}
