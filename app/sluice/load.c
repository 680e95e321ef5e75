/* SPDX-License-Identifier: BSD-3-Clause */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "route_line.h"
#include "spec.h"

#define READ_SIZE ((size_t)1 << 20)

static int no_file(const struct load *load, int code, struct error *err)
{
	return error_set(err, -code, "%s: %s", load->path, strerror(code));
}

/* All that the file has, and room for the newline that its end may lack. */
static int read_all(struct load *load, int fd, struct error *err)
{
	size_t size = 0;

	for (;;) {
		ssize_t n;

		if (size - load->len < READ_SIZE) {
			char *more = realloc(load->text, size = 2 * size + READ_SIZE);

			if (!more)
				return no_file(load, ENOMEM, err);
			load->text = more;
		}
		n = read(fd, load->text + load->len, size - load->len - 1);
		if (!n)
			return 0;
		if (n < 0 && errno != EINTR)
			return no_file(load, errno, err);
		load->len += n > 0 ? (size_t)n : 0;
	}
}

static int read_file(struct load *load, struct error *err)
{
	bool input = !strcmp(load->path, "-");
	int fd = input ? STDIN_FILENO : open(load->path, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return no_file(load, errno, err);
	ret = read_all(load, fd, err);
	if (!input)
		close(fd);
	return ret;
}

/* The arguments that a line has to follow. */
static int spec_of_add(struct spec *spec, struct error *err)
{
	for (unsigned i = 0; i < n_commands; i++)
		if (!strcmp(commands[i].words, "route add"))
			return spec_parse(commands[i].args, spec, err);
	return error_set(err, -ENOSYS, "there is no command 'route add'");
}

static int check_words(const struct spec *add, char *const *words, int n, struct error *err)
{
	struct ip_prefix prefix;
	struct ip_addr gateway;
	json_t *args = NULL;
	int ret;

	if (!n || route_line_simple(words, n, &prefix, &gateway))
		return 0;
	ret = spec_args_parse(add, n, words, &args, err);
	json_decref(args);
	return ret;
}

/* Check a line, and write its words to `out`, which may be where the line stands: they need no more
 * room. Returns the end of what was written, or NULL. */
static char *tidy_line(const struct spec *add, char *line, size_t len, char *out, struct error *err)
{
	char *words[ROUTE_LINE_WORDS];
	int n;

	if (len >= ROUTE_LINES_MAX) {
		error_set(err, -EINVAL, "expected a line of less than %d bytes, found %zu",
			  ROUTE_LINES_MAX, len);
		return NULL;
	}
	if (memchr(line, '\0', len)) {
		error_set(err, -EINVAL, "expected text, found a byte 0");
		return NULL;
	}
	line[len] = '\0';
	n = route_line_split(line, words);
	if (check_words(add, words, n, err))
		return NULL;
	for (int i = 0; i < n; i++) {
		size_t word = strlen(words[i]);

		memmove(out, words[i], word);
		out += word;
		*out++ = i + 1 < n ? ' ' : '\n';
	}
	if (!n)
		*out++ = '\n';
	return out;
}

/* Each line stays one, so that the daemon counts as the file does. */
static int tidy(struct load *load, struct error *err)
{
	char *end = load->text + load->len, *out = load->text, *next;
	unsigned long number = 0;
	struct spec add;
	int ret = spec_of_add(&add, err);

	if (ret)
		return ret;
	for (char *line = load->text; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			next = end;
		number++;
		out = tidy_line(&add, line, (size_t)(next - line), out, err);
		if (!out)
			return error_prefix(err, -EINVAL, "%s:%lu", load->path, number);
	}
	load->len = (size_t)(out - load->text);
	return 0;
}

int load_read(struct load *load, const char *path, struct error *err)
{
	int ret;

	*load = (struct load){.path = path};
	ret = read_file(load, err);
	if (!ret)
		ret = tidy(load, err);
	if (ret)
		load_free(load);
	return ret;
}

void load_free(struct load *load)
{
	free(load->text);
	load->text = NULL;
}

/* Bytes of as many whole lines as one request takes. */
static size_t piece_len(const char *text, size_t len)
{
	const char *end;

	if (len <= ROUTE_LINES_MAX)
		return len;
	end = memrchr(text, '\n', ROUTE_LINES_MAX);
	return (size_t)(end - text) + 1;
}

static int send_piece(const struct rpc *rpc, const char *words, const char *text, size_t len,
		      json_t **result, struct error *err)
{
	json_t *args = json_pack("{s: s%}", SPEC_FILE_KEY, text, len);
	int ret = args ? rpc_call(rpc, words, args, result, err)
		       : error_set(err, -ENOMEM, "out of memory");

	json_decref(args);
	return ret;
}

/* Bytes of the first n lines of the text; 0 when it has not so many. */
static size_t lines_len(const char *text, size_t len, json_int_t n)
{
	const char *at = text, *end = text + len;

	for (; n > 0 && at; n--) {
		at = memchr(at, '\n', (size_t)(end - at));
		at += at != NULL;
	}
	return at ? (size_t)(at - text) : 0;
}

static json_int_t number_of(const json_t *result, const char *key)
{
	return json_integer_value(json_object_get(result, key));
}

/* Send the text, of which the daemon takes as many lines as it has time for. 0 with their bytes in
 * *taken. */
static int send_some(const struct rpc *rpc, const char *words, const char *text, size_t len,
		     json_t **result, size_t *taken, struct error *err)
{
	int ret = send_piece(rpc, words, text, len, result, err);
	json_int_t lines = number_of(*result, "lines");

	if (ret)
		return ret;
	*taken = lines_len(text, len, lines);
	if (len && !*taken)
		return error_set(err, -EPROTO,
				 "the answer of sluiced is not understood: it took %lld lines",
				 (long long)lines);
	return 0;
}

/* Put before the sentence of the daemon where it stopped. The whole command may be refused as
 * well, which is about no line. What becomes of the last request is not known without its answer.
 */
static int stopped(const struct load *load, json_int_t lines, json_int_t routes,
		   const json_t *result, int ret, struct error *err)
{
	json_int_t line = number_of(result, "line");

	if (ret != -EREMOTEIO || line)
		error_prefix(err, ret, "%s%lld routes were added, then", line ? "" : "at least ",
			     (long long)routes);
	if (line)
		error_prefix(err, ret, "%s:%lld", load->path, (long long)(lines + line));
	return ret;
}

int load_send(const struct load *load, const struct rpc *rpc, const char *words, json_t **result,
	      struct error *err)
{
	json_int_t lines = 0, routes = 0;
	size_t sent = 0, taken = 0;

	/* Of a file without lines too the daemon is asked whether it would take them. */
	do {
		const char *text = load->text + sent;
		json_t *done = NULL;
		int ret;

		ret = send_some(rpc, words, text, piece_len(text, load->len - sent), &done, &taken,
				err);
		routes += number_of(done, "routes");
		if (ret)
			stopped(load, lines, routes, done, ret, err);
		lines += number_of(done, "lines");
		json_decref(done);
		if (ret)
			return ret;
		sent += taken;
	} while (sent < load->len);
	*result = json_pack("{sI}", "routes", routes);
	return *result ? 0 : error_set(err, -ENOMEM, "out of memory");
}
