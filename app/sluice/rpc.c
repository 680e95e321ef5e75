/* SPDX-License-Identifier: BSD-3-Clause */
#include "rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static void set_timeout(int fd, unsigned timeout_ms)
{
	const struct timeval tv = {.tv_sec = timeout_ms / 1000,
				   .tv_usec = timeout_ms % 1000 * 1000};

	/* SO_SNDTIMEO bounds connect() too, when the daemon's backlog is full. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

/* A timeout of the socket is over. */
static int silent(const struct rpc *rpc, struct error *err)
{
	return error_set(err, -EAGAIN, "sluiced does not answer on %s", rpc->path);
}

int rpc_connect(struct rpc *rpc, const char *path, unsigned timeout_ms, struct error *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, code;

	*rpc = (struct rpc){.path = path, .fd = -1};
	if (strlen(path) >= sizeof(addr.sun_path))
		return error_set(err, -ENAMETOOLONG, "the path of the socket is too long: %s",
				 path);
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(err, -errno, "cannot make a socket: %s", strerror(errno));
	set_timeout(fd, timeout_ms);
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr))) {
		code = errno;
		close(fd);
		if (code == EAGAIN)
			return silent(rpc, err);
		return error_set(err, -code, "cannot reach sluiced at %s: %s%s", path,
				 strerror(code),
				 code == ENOENT || code == ECONNREFUSED ? " (is it running?)" : "");
	}
	rpc->fd = fd;
	return 0;
}

void rpc_close(struct rpc *rpc)
{
	if (rpc->fd >= 0)
		close(rpc->fd);
	rpc->fd = -1;
}

static int lost(const struct rpc *rpc, struct error *err)
{
	int code = errno;

	if (code == EAGAIN)
		return silent(rpc, err);
	return error_set(err, -code, "the connection to sluiced was lost: %s", strerror(code));
}

static int send_all(const struct rpc *rpc, const char *data, size_t len, struct error *err)
{
	while (len) {
		ssize_t n = send(rpc->fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return lost(rpc, err);
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int send_request(const struct rpc *rpc, const char *words, json_t *args, struct error *err)
{
	json_t *request = json_pack("{s:s, s:O*}", "command", words, "args", args);
	char *line = json_dumps(request, JSON_COMPACT);
	int ret;

	json_decref(request);
	if (!line)
		return error_set(err, -ENOMEM, "out of memory");
	ret = send_all(rpc, line, strlen(line), err);
	if (!ret)
		ret = send_all(rpc, "\n", 1, err);
	free(line);
	return ret;
}

/* Read up to a newline into *line (to be freed) of *len bytes. */
static int read_line(const struct rpc *rpc, char **line, size_t *len, struct error *err)
{
	size_t size = 0;

	*line = NULL;
	*len = 0;
	for (;;) {
		ssize_t n;

		if (size - *len < 65536) {
			char *more = realloc(*line, size = 2 * size + 65536);

			if (!more)
				return error_set(err, -ENOMEM, "out of memory");
			*line = more;
		}
		n = recv(rpc->fd, *line + *len, size - *len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return lost(rpc, err);
		if (!n)
			return error_set(err, -EPROTO, "sluiced closed the connection");
		*len += (size_t)n;
		/* There is one request under way: its answer ends where the data end. */
		if ((*line)[*len - 1] == '\n')
			return 0;
	}
}

/* What the answer says: its result, or the daemon's sentence. Takes the reference. */
static int open_answer(json_t *answer, json_t **result, struct error *err)
{
	const json_t *ok = json_object_get(answer, "ok");
	const char *text = json_string_value(json_object_get(answer, "error"));
	int ret;

	*result = json_incref(json_object_get(answer, "result"));
	if (json_is_true(ok)) {
		*result = *result ? *result : json_null();
		ret = 0;
	} else if (json_is_false(ok) && text) {
		ret = error_set(err, -EREMOTEIO, "%s", text);
	} else {
		ret = error_set(err, -EPROTO, "the answer of sluiced is not understood");
	}
	json_decref(answer);
	return ret;
}

int rpc_call(const struct rpc *rpc, const char *words, json_t *args, json_t **result,
	     struct error *err)
{
	json_error_t json_err;
	json_t *answer;
	char *line;
	size_t len;
	int ret = send_request(rpc, words, args, err);

	/* Refused for its length, say: the reason may wait to be read. */
	if (ret && ret != -EPIPE)
		return ret;
	ret = read_line(rpc, &line, &len, err);
	if (ret) {
		free(line);
		return ret;
	}
	answer = json_loadb(line, len, 0, &json_err);
	free(line);
	if (!answer)
		return error_set(err, -EPROTO, "the answer of sluiced is not JSON: byte %d: %s",
				 json_err.position, json_err.text);
	return open_answer(answer, result, err);
}
