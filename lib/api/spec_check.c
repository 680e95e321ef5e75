/* SPDX-License-Identifier: BSD-3-Clause */
/* Arguments as JSON against their spec. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spec.h"

static int check_object(const struct spec *spec, int group, json_t *object, struct error *err);

static const struct spec_arg *find_key(const struct spec *spec, int group, const char *key)
{
	for (unsigned i = 0; i < spec->n; i++)
		if (spec->args[i].group == group && !strcmp(spec->args[i].key, key))
			return &spec->args[i];
	return NULL;
}

static int check_group(const struct spec *spec, const struct spec_arg *arg, json_t *list,
		       struct error *err)
{
	json_t *element;
	size_t i;

	if (!json_is_array(list))
		return error_set(err, -EINVAL, "%s: expected a list of objects", arg->key);
	json_array_foreach (list, i, element) {
		if (!json_is_object(element))
			return error_set(err, -EINVAL, "%s: expected a list of objects", arg->key);
		if (check_object(spec, (int)(arg - spec->args), element, err))
			return error_prefix(err, -EINVAL, "%s", arg->key);
	}
	return 0;
}

/* One member of the object; it may be replaced or removed. */
static int check_member(const struct spec *spec, const struct spec_arg *arg, json_t *object,
			json_t *value, struct error *err)
{
	json_t *normal;

	if (json_is_null(value))
		return json_object_del(object, arg->key);
	if (arg->kind == SPEC_GROUP) {
		if (check_group(spec, arg, value, err))
			return -EINVAL;
		return json_array_size(value) ? 0 : json_object_del(object, arg->key);
	}
	normal = spec_value_check(arg, value, err);
	if (!normal)
		return -EINVAL;
	if (json_is_null(normal) || json_is_false(normal)) {
		json_decref(normal);
		return json_object_del(object, arg->key);
	}
	if (json_object_set_new(object, arg->key, normal))
		return error_set(err, -EINVAL, "out of memory");
	return 0;
}

/* What of a set of arguments, of which one is wanted, is to be called in a sentence. */
static void name_set(const struct spec *spec, uint8_t set, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < spec->n && len < size; i++)
		if (spec->args[i].one_of == set)
			len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "",
						spec->args[i].key);
}

static int check_sets(const struct spec *spec, const json_t *object, struct error *err)
{
	char names[128];

	for (uint8_t set = 1; set <= spec->one_ofs; set++) {
		unsigned n = 0;

		for (unsigned i = 0; i < spec->n; i++)
			n += spec->args[i].one_of == set &&
			     json_object_get(object, spec->args[i].key);
		name_set(spec, set, names, sizeof(names));
		if (n != 1)
			return error_set(err, -EINVAL, "%s of %s is needed", n ? "only one" : "one",
					 names);
	}
	return 0;
}

static int check_required(const struct spec *spec, int group, const json_t *object,
			  struct error *err)
{
	for (unsigned i = 0; i < spec->n; i++) {
		const struct spec_arg *arg = &spec->args[i];

		if (arg->group != group || !arg->required || json_object_get(object, arg->key))
			continue;
		if (arg->kind == SPEC_FILE)
			return error_set(err, -EINVAL, "%s: the lines of a file are missing",
					 arg->key);
		return error_set(err, -EINVAL, "%s%s%s is missing", arg->word,
				 *arg->word ? " " : "", arg->name);
	}
	return group < 0 ? check_sets(spec, object, err) : 0;
}

static int check_object(const struct spec *spec, int group, json_t *object, struct error *err)
{
	json_t *value;
	const char *key;
	void *next;

	json_object_foreach_safe(object, next, key, value)
	{
		const struct spec_arg *arg = find_key(spec, group, key);

		if (!arg)
			return error_set(err, -EINVAL, "unknown argument '%.64s'", key);
		if (check_member(spec, arg, object, value, err))
			return -EINVAL;
	}
	return check_required(spec, group, object, err);
}

int spec_check(const struct spec *spec, json_t *args, struct error *err)
{
	if (!json_is_object(args))
		return error_set(err, -EINVAL, "args: expected an object");
	return check_object(spec, -1, args, err);
}
