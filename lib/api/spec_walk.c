/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of a command line, one after another, into an object of arguments. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spec.h"

int spec_walk_begin(struct spec_walk *walk, const struct spec *spec)
{
	*walk = (struct spec_walk){.spec = spec, .group = -1, .args = json_object()};
	return walk->args ? 0 : -ENOMEM;
}

/* The object that an argument stands in. */
static json_t *scope(const struct spec_walk *walk, const struct spec_arg *arg)
{
	return arg->group < 0 ? walk->args : walk->element;
}

/* Another of the same "exactly one of" set that was given already; or NULL. */
static const struct spec_arg *rival(const struct spec_walk *walk, const struct spec_arg *arg)
{
	for (unsigned i = 0; arg->one_of && i < walk->spec->n; i++) {
		const struct spec_arg *other = &walk->spec->args[i];

		if (other != arg && other->one_of == arg->one_of &&
		    json_object_get(walk->args, other->key))
			return other;
	}
	return NULL;
}

static bool in_scope(const struct spec_walk *walk, const struct spec_arg *arg)
{
	return arg->group < 0 || arg->group == walk->group;
}

/* May the argument still be given? */
static bool available(const struct spec_walk *walk, const struct spec_arg *arg)
{
	if (!in_scope(walk, arg) || rival(walk, arg))
		return false;
	return arg->kind == SPEC_GROUP || !json_object_get(scope(walk, arg), arg->key);
}

/* The first value without keyword that is awaited: of the open group, or else of the whole. */
static const struct spec_arg *by_place(const struct spec_walk *walk, bool required)
{
	const struct spec_arg *found = NULL;

	for (unsigned i = 0; i < walk->spec->n; i++) {
		const struct spec_arg *arg = &walk->spec->args[i];

		if (*arg->word || !available(walk, arg) || (required && !arg->required))
			continue;
		if (arg->group >= 0)
			return arg;
		if (!found)
			found = arg;
	}
	return found;
}

/* Refuse a word; say what could stand in its place. */
static int unexpected(const struct spec_walk *walk, const char *word, struct error *err)
{
	const struct spec_arg *next[SPEC_ARGS_MAX];
	unsigned n = spec_walk_next(walk, next);
	char names[256] = "";
	size_t len = 0;

	for (unsigned i = 0; i < n && len < sizeof(names); i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i ? ", " : "",
					*next[i]->word ? next[i]->word : next[i]->name);
	if (!n)
		return error_set(err, -EINVAL, "'%.64s' is one argument too many", word);
	return error_set(err, -EINVAL, "unexpected '%.64s', expected %s", word, names);
}

/* The keyword in full: the open group's goes before that of the whole command. */
static const struct spec_arg *exact(const struct spec_walk *walk, const char *word)
{
	const struct spec_arg *found = NULL;

	for (unsigned i = 0; i < walk->spec->n; i++) {
		const struct spec_arg *arg = &walk->spec->args[i];

		if (!*arg->word || strcmp(arg->word, word) || !in_scope(walk, arg))
			continue;
		if (!found || available(walk, arg) > available(walk, found) ||
		    (available(walk, arg) && arg->group >= 0))
			found = arg;
	}
	return found;
}

/* The only keyword that begins with the word; or NULL with *ambiguous telling why. */
static const struct spec_arg *abbreviated(const struct spec_walk *walk, const char *word,
					  bool *ambiguous)
{
	const struct spec_arg *found = NULL;
	size_t len = strlen(word);

	*ambiguous = false;
	for (unsigned i = 0; len && i < walk->spec->n; i++) {
		const struct spec_arg *arg = &walk->spec->args[i];

		if (!*arg->word || strncmp(arg->word, word, len) || !available(walk, arg))
			continue;
		if (!found || !strcmp(found->word, arg->word))
			found = arg->group >= 0 || !found ? arg : found;
		else
			*ambiguous = true;
	}
	return *ambiguous ? NULL : found;
}

static int set_value(struct spec_walk *walk, const struct spec_arg *arg, const char *word,
		     struct error *err)
{
	json_t *value = spec_value_parse(arg, word, err);

	if (!value)
		return -EINVAL;
	/* A null stays until the check at the end: the place is taken. */
	if (json_object_set_new(scope(walk, arg), arg->key, value))
		return error_set(err, -ENOMEM, "out of memory");
	return 0;
}

static int open_element(struct spec_walk *walk, const struct spec_arg *arg)
{
	json_t *list = json_object_get(walk->args, arg->key);

	if (!list) {
		list = json_array();
		if (json_object_set_new(walk->args, arg->key, list))
			return -ENOMEM;
	}
	walk->element = json_object();
	if (json_array_append_new(list, walk->element))
		return -ENOMEM;
	walk->group = (int)(arg - walk->spec->args);
	return 0;
}

static int take_keyword(struct spec_walk *walk, const struct spec_arg *arg, struct error *err)
{
	const struct spec_arg *other = rival(walk, arg);

	if (other)
		return error_set(err, -EINVAL, "%s does not go with %s", arg->word, other->word);
	if (!available(walk, arg))
		return error_set(err, -EINVAL, "%s stands there twice", arg->word);
	if (arg->kind == SPEC_FLAG)
		return json_object_set_new(scope(walk, arg), arg->key, json_true());
	if (arg->group < 0) {
		walk->group = -1;
		walk->element = NULL;
	}
	if (arg->kind == SPEC_GROUP)
		return open_element(walk, arg) ? error_set(err, -ENOMEM, "out of memory") : 0;
	walk->pending = arg;
	return 0;
}

int spec_walk_word(struct spec_walk *walk, const char *word, struct error *err)
{
	const struct spec_arg *arg = walk->pending;
	bool ambiguous = false, flag = word[0] == '-' && word[1];

	walk->pending = NULL;
	if (!arg && !flag)
		arg = by_place(walk, true);
	if (arg)
		return set_value(walk, arg, word, err);
	arg = exact(walk, word);
	if (!arg)
		arg = abbreviated(walk, word, &ambiguous);
	if (arg)
		return take_keyword(walk, arg, err);
	arg = ambiguous || flag ? NULL : by_place(walk, false);
	return arg ? set_value(walk, arg, word, err) : unexpected(walk, word, err);
}

unsigned spec_walk_next(const struct spec_walk *walk, const struct spec_arg **next)
{
	const struct spec_arg *place = by_place(walk, true);
	unsigned n = 0;

	if (walk->pending) {
		next[0] = walk->pending;
		return 1;
	}
	if (!place)
		place = by_place(walk, false);
	if (place)
		next[n++] = place;
	/* While a required value is awaited, flags are all that may come before it. */
	for (unsigned i = 0; i < walk->spec->n; i++) {
		const struct spec_arg *arg = &walk->spec->args[i];

		if (*arg->word && available(walk, arg) &&
		    (!place || !place->required || arg->kind == SPEC_FLAG))
			next[n++] = arg;
	}
	return n;
}

int spec_walk_end(struct spec_walk *walk, json_t **args, struct error *err)
{
	const struct spec_arg *file = spec_file(walk->spec);
	int ret = 0;

	if (args && walk->pending)
		ret = error_set(err, -EINVAL, "%s is missing after %s", walk->pending->name,
				walk->pending->word);
	else if (args && file && file->required && !json_object_get(walk->args, file->key))
		/* As JSON it is not its name that would be missing. */
		ret = error_set(err, -EINVAL, "%s is missing", file->name);
	else if (args)
		ret = spec_check(walk->spec, walk->args, err);
	if (args && !ret)
		*args = json_incref(walk->args);
	json_decref(walk->args);
	walk->args = NULL;
	return ret;
}

int spec_args_parse(const struct spec *spec, int n, char *const *words, json_t **args,
		    struct error *err)
{
	struct spec_walk walk;

	if (spec_walk_begin(&walk, spec))
		return error_set(err, -ENOMEM, "out of memory");
	for (int i = 0; i < n; i++) {
		int ret = spec_walk_word(&walk, words[i], err);

		if (ret) {
			spec_walk_end(&walk, NULL, NULL);
			return ret;
		}
	}
	return spec_walk_end(&walk, args, err);
}
