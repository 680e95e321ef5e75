/* SPDX-License-Identifier: BSD-3-Clause */
#include "notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Digits only. 0 or -EINVAL. */
static int parse_number(const char *text, uint64_t *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno || *end ? -EINVAL : 0;
}

static int set_address(struct notify *notify, const char *text)
{
	size_t len = strlen(text);

	if ((*text != '/' && *text != '@') || len < 2 || len >= sizeof(notify->to.sun_path))
		return -EINVAL;
	notify->to.sun_family = AF_UNIX;
	memcpy(notify->to.sun_path, text, len + 1);
	/* An abstract name has no zero at its end: it would be part of it. */
	notify->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (*text == '@')
		notify->to.sun_path[0] = '\0';
	else
		notify->to_len++;
	return 0;
}

static int read_watchdog(struct notify *notify, const char *usec, const char *pid,
			 struct error *err)
{
	uint64_t value, whose = (uint64_t)getpid();

	if (!usec)
		return 0;
	if (pid && parse_number(pid, &whose))
		return error_set(err, -EINVAL, "WATCHDOG_PID: '%s' is not a number", pid);
	if (whose != (uint64_t)getpid()) /* it is another's */
		return 0;
	if (parse_number(usec, &value) || !value)
		return error_set(err, -EINVAL, "WATCHDOG_USEC: '%s' is not a time in microseconds",
				 usec);
	notify->watchdog_us = value;
	return 0;
}

static int read_environment(struct notify *notify, struct error *err)
{
	const char *to = getenv("NOTIFY_SOCKET");
	int ret;

	if (!to || !*to)
		return 0;
	ret = set_address(notify, to);
	if (ret)
		return error_set(err, ret, "NOTIFY_SOCKET: '%s' is not a path, nor '@' and a name",
				 to);
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify->fd < 0)
		return error_set(err, -errno, "NOTIFY_SOCKET: %s", strerror(errno));
	return read_watchdog(notify, getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"), err);
}

int notify_open(struct notify *notify, struct error *err)
{
	int ret;

	*notify = (struct notify){.fd = -1};
	ret = read_environment(notify, err);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return ret;
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

int notify_send(const struct notify *notify, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (notify->fd < 0)
		return 0;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (sendto(notify->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
		   (const struct sockaddr *)&notify->to, notify->to_len) < 0)
		return -errno;
	return 0;
}
