/* SPDX-License-Identifier: BSD-3-Clause */
#include "ip_command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* No shell does anything to these. */
static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			    "_.-:/@%+,";

/* Whole, or not at all: from then on nothing is added. */
static void put(struct ip_command *c, const char *text, size_t len)
{
	if (c->cut || len >= sizeof(c->text) - c->len) {
		c->cut = true;
		return;
	}
	memcpy(c->text + c->len, text, len);
	c->len += len;
	c->text[c->len] = '\0';
}

static void put_text(struct ip_command *c, const char *text)
{
	put(c, text, strlen(text));
}

/* Within '...' only the quote itself is special to a shell. */
static void put_word(struct ip_command *c, const char *word)
{
	if (*word && strspn(word, plain) == strlen(word)) {
		put_text(c, word);
		return;
	}
	put_text(c, "'");
	for (; *word; word++)
		*word == '\'' ? put_text(c, "'\\''") : put(c, word, 1);
	put_text(c, "'");
}

static void put_netns(struct ip_command *c, const char *netns, const char *program)
{
	if (strchr(netns, '/')) {
		put_text(c, "nsenter --net=");
		put_word(c, netns);
		put_text(c, " ");
		put_text(c, program);
	} else {
		put_text(c, program);
		if (*netns)
			ip_command_add(c, "-n", netns);
	}
}

void ip_command_begin(struct ip_command *c, const char *netns, const char *address,
		      const char *words)
{
	*c = (struct ip_command){.len = 0};
	put_netns(c, netns, "ip");
	ip_command_add(c, strchr(address, ':') ? "-6" : NULL, NULL);
	ip_command_add(c, words, NULL);
}

void bridge_command_begin(struct ip_command *c, const char *netns, const char *words)
{
	*c = (struct ip_command){.len = 0};
	put_netns(c, netns, "bridge");
	ip_command_add(c, words, NULL);
}

void ip_command_add(struct ip_command *c, const char *keyword, const char *value)
{
	struct ip_command old = *c;

	if (keyword) {
		put_text(c, " ");
		put_text(c, keyword);
	}
	if (value) {
		put_text(c, " ");
		put_word(c, value);
	}
	if (!c->cut)
		return;
	*c = old;
	c->cut = true;
}

int ip_command_refuse(struct error *err, const struct ip_command *c)
{
	/* What is not whole shall not run when it is pasted: "(" is an error of syntax. */
	return error_set(err, -EOPNOTSUPP, "Linux is in control here: %s%s", c->text,
			 c->cut ? " ... (and so on: the rest has no room here)" : "");
}
