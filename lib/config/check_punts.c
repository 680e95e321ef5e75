/* SPDX-License-Identifier: BSD-3-Clause */
/* The rate limits of what is punted: reasons and classes that there are, each at most once. */
#include <assert.h>
#include <string.h>

#include "check.h"
#include "near.h"

struct punt_name {
	const char *reason, *class_;
};

static const struct punt_name known[] = {
#define PUNT(reason, class, rate, burst, what) {#reason, #class},
#include "../node/punts.def"
#undef PUNT
};

#define N_KNOWN (sizeof(known) / sizeof(*known))

/* The words that may stand there, ended by NULL: the classes of the reason, or with NULL all
 * reasons. Lines of one reason follow each other. Returns whether found is one of them. */
static bool words(const char *reason, const char *found, const char *list[N_KNOWN + 1])
{
	bool is_known = false;
	size_t n = 0;

	for (size_t i = 0; i < N_KNOWN; i++) {
		const char *word = reason ? known[i].class_ : known[i].reason;

		if (reason ? strcmp(reason, known[i].reason)
			   : n && !strcmp(list[n - 1], known[i].reason))
			continue;
		list[n++] = word;
		is_known |= !strcmp(word, found);
	}
	list[n] = NULL;
	return is_known;
}

static int check_word(const struct check *c, const char *reason, const char *field)
{
	const char *list[N_KNOWN + 1], *nearest;
	char text[256] = "";
	size_t len = 0;

	if (words(reason, field, list))
		return 0;
	nearest = near_name(field, list);
	if (nearest)
		return reader_refuse_field(c->reader, field, "found '%s', did you mean '%s'?",
					   field, nearest);
	for (size_t i = 0; list[i] && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? ", " : "",
					list[i]);
	return reader_expected_field(c->reader, field, "one of: %s", text);
}

static int check_punt(const struct check *c, const struct config_punt *punt)
{
	int ret = check_word(c, NULL, punt->reason);

	if (!ret && *punt->class_)
		ret = check_word(c, punt->reason, punt->class_);
	return ret;
}

#define PUNT_KEY_LEN (2 * CONFIG_NAME_LEN)

static_assert(offsetof(struct config_punt, class_) ==
		      offsetof(struct config_punt, reason) + CONFIG_NAME_LEN,
	      "reason and class are one key");

int check_punts(const struct check *c)
{
	const struct config_punt *punts = c->cfg->punts;
	int ret = 0;

	for (unsigned i = 0; !ret && i < c->cfg->n_punts; i++)
		ret = check_punt(c, &punts[i]);
	if (ret || !punts)
		return ret;
	return check_array(c, punts->reason, sizeof(*punts), c->cfg->n_punts, PUNT_KEY_LEN,
			   "a reason and class");
}
