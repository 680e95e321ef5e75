/* SPDX-License-Identifier: BSD-3-Clause */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

#define RUN_NETNS "/run/netns/" /* of iproute2 */

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The thread is in it. The switches of the network stack as a whole are files of the machine's
 * first namespace only; that of process 1 says nothing in a container. */
static bool is_init(void)
{
	return !access("/proc/sys/net/core/dev_weight", F_OK);
}

static int open_named(const char *name, struct error *err)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : RUN_NETNS, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !strchr(name, '/'))
		return error_set(
			err, -ENOENT,
			"network namespace %s does not exist; this makes it: ip netns add %s", name,
			name);
	if (fd < 0)
		return error_set(err, -errno, "network namespace %s: %s: %s", name, path,
				 strerror(errno));
	/* What `ip netns` has left without a mount is an empty file. */
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
		close(fd);
		return error_set(err, -EINVAL, "%s is not a network namespace", path);
	}
	return fd;
}

/* Go in once and come back: so that later it cannot be refused. */
static int try(struct netns *ns, const struct stat *st, const char *name, struct error *err)
{
	if (!ns->own && setns(ns->fd, CLONE_NEWNET))
		return error_set(err, -errno, "cannot enter network namespace %s: %s", name,
				 strerror(errno));
	ns->init = is_init();
	netns_leave(ns);
	return 0;
}

int netns_open(struct netns *ns, const char *name, struct error *err)
{
	struct stat st, home;
	int ret;

	*ns = (struct netns){.fd = -1};
	ns->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (ns->home < 0)
		return error_set(err, -errno, "/proc/thread-self/ns/net: %s", strerror(errno));
	ns->fd = *name ? open_named(name, err) : fcntl(ns->home, F_DUPFD_CLOEXEC, 0);
	if (ns->fd < 0) {
		ret = *name ? ns->fd : error_set(err, -errno, "%s", strerror(errno));
		goto fail;
	}
	if (fstat(ns->fd, &st) || fstat(ns->home, &home)) {
		ret = error_set(err, -errno, "network namespace %s: %s", name, strerror(errno));
		goto fail;
	}
	ns->own = same_file(&st, &home);
	ret = try(ns, &st, name, err);
	if (!ret)
		return 0;
fail:
	netns_close(ns);
	return ret;
}

void netns_close(struct netns *ns)
{
	netns_thread_end(ns->thread);
	ns->thread = NULL;
	if (ns->fd >= 0)
		close(ns->fd);
	if (ns->home >= 0)
		close(ns->home);
	ns->fd = -1;
	ns->home = -1;
}

static void go(const struct netns *ns, int fd)
{
	if (ns->own || !setns(fd, CLONE_NEWNET))
		return;
	log_err("cannot change the network namespace any more: %s", strerror(errno));
	abort();
}

void netns_enter(const struct netns *ns)
{
	go(ns, ns->fd);
}

void netns_leave(const struct netns *ns)
{
	go(ns, ns->home);
}
