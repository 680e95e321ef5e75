/* SPDX-License-Identifier: BSD-3-Clause */
#include "api_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "api.h"
#include "log.h"

#define BACKLOG          64
#define LOCK_PATIENCE_MS 5000
#define LOCK_STEP_MS     10

static int in_use(const struct api_socket *sock, struct error *err)
{
	return error_set(err, -EADDRINUSE, "another sluiced is running on %s", sock->addr.sun_path);
}

static int failed(const char *what, const char *path, struct error *err)
{
	int code = errno;

	return error_set(err, -code, "cannot %s %s: %s", what, path, strerror(code));
}

static int set_paths(struct api_socket *sock, const char *path, struct error *err)
{
	memset(sock, 0, sizeof(*sock));
	sock->addr.sun_family = AF_UNIX;
	if (!*path)
		return error_set(err, -EINVAL, "the path of the API socket is empty");
	if (strlen(path) >= sizeof(sock->addr.sun_path))
		return error_set(err, -ENAMETOOLONG,
				 "the path of the API socket has %zu characters, at most %zu can "
				 "be: %s",
				 strlen(path), sizeof(sock->addr.sun_path) - 1, path);
	strcpy(sock->addr.sun_path, path);
	sprintf(sock->lock_path, "%s.lock", path);
	return 0;
}

static int make_directory(const struct api_socket *sock, struct error *err)
{
	char dir[sizeof(sock->addr.sun_path)];
	char *slash;

	strcpy(dir, sock->addr.sun_path);
	slash = strrchr(dir, '/');
	if (!slash || slash == dir)
		return 0;
	*slash = '\0';
	if (mkdir(dir, 0755))
		return errno == EEXIST ? 0 : failed("make the directory", dir, err);
	/* Whatever the umask says: the group has to get through. */
	return chmod(dir, 0755) ? failed("set the mode of", dir, err) : 0;
}

/* Is the file that was locked still the one at the path? Its last holder may have removed it
 * between the open and the lock, and the next daemon may have made a new one. */
static bool is_current(int fd, const char *path)
{
	struct stat mine, there;

	return !fstat(fd, &mine) && !stat(path, &there) && mine.st_ino == there.st_ino &&
	       mine.st_dev == there.st_dev;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* flock(), with some patience: a daemon that was killed has its files for as long as the kernel
 * takes to free its memory. 0 or -1 and errno. */
static int flock_patiently(int fd, const char *path, uint64_t until_ms)
{
	const struct timespec step = {.tv_nsec = LOCK_STEP_MS * 1000000};
	bool said = false;

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK)
			return -1;
		if (now_ms() >= until_ms) {
			errno = EWOULDBLOCK;
			return -1;
		}
		if (!said)
			log_info("%s is held: waiting up to %d s for another sluiced to end", path,
				 LOCK_PATIENCE_MS / 1000);
		said = true;
		nanosleep(&step, NULL);
	}
	return 0;
}

static int lock(struct api_socket *sock, struct error *err)
{
	uint64_t until_ms = now_ms() + LOCK_PATIENCE_MS;

	for (;;) {
		int fd = open(sock->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

		if (fd < 0)
			return failed("open", sock->lock_path, err);
		if (flock_patiently(fd, sock->lock_path, until_ms)) {
			int code = errno;

			close(fd);
			errno = code;
			return code == EWOULDBLOCK ? in_use(sock, err)
						   : failed("lock", sock->lock_path, err);
		}
		if (is_current(fd, sock->lock_path)) {
			sock->lock_fd = fd;
			return 0;
		}
		close(fd);
	}
}

static void unlock(struct api_socket *sock)
{
	/* Unlinked while it is held: see is_current(). */
	unlink(sock->lock_path);
	close(sock->lock_fd);
}

/* Somebody may listen there without the lock, for instance when its file was removed by hand. A
 * socket that refuses is stale; -EAGAIN comes from a live one whose backlog is full. */
static int probe(const struct api_socket *sock, struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int code;

	if (fd < 0)
		return failed("make a socket for", sock->addr.sun_path, err);
	code = connect(fd, (const struct sockaddr *)&sock->addr, sizeof(sock->addr)) ? errno : 0;
	close(fd);
	if (!code || code == EAGAIN)
		return in_use(sock, err);
	errno = code;
	return code == ECONNREFUSED ? 0 : failed("connect to", sock->addr.sun_path, err);
}

static int remove_stale(const struct api_socket *sock, struct error *err)
{
	const char *path = sock->addr.sun_path;
	struct stat st;
	int ret;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : failed("look at", path, err);
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, -ENOTSOCK,
				 "%s is there and is not a socket: it is left alone", path);
	ret = probe(sock, err);
	if (ret)
		return ret;
	return unlink(path) ? failed("remove the stale socket", path, err) : 0;
}

/* Of a socket without a name, the mode is that of the file which bind() makes. So only the owner
 * gets in until the group is right, and nobody before listen(). */
static int start_listening(struct api_socket *sock, gid_t group, struct error *err)
{
	const char *path = sock->addr.sun_path;
	int ret;

	sock->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (sock->fd < 0)
		return failed("make a socket for", path, err);
	if (fchmod(sock->fd, 0600) ||
	    bind(sock->fd, (const struct sockaddr *)&sock->addr, sizeof(sock->addr))) {
		ret = failed("bind", path, err);
		goto close_fd;
	}
	if (group != API_GROUP_OWN && lchown(path, (uid_t)-1, group)) {
		ret = failed("give its group to", path, err);
		goto remove;
	}
	if (chmod(path, 0660) || listen(sock->fd, BACKLOG)) {
		ret = failed("listen on", path, err);
		goto remove;
	}
	return 0;
remove:
	unlink(path);
close_fd:
	close(sock->fd);
	return ret;
}

int api_socket_open(struct api_socket *sock, const char *path, gid_t group, struct error *err)
{
	int ret = set_paths(sock, path, err);

	if (!ret)
		ret = make_directory(sock, err);
	if (!ret)
		ret = lock(sock, err);
	if (ret)
		return ret;
	ret = remove_stale(sock, err);
	if (!ret)
		ret = start_listening(sock, group, err);
	if (ret)
		unlock(sock);
	return ret;
}

void api_socket_close(struct api_socket *sock)
{
	unlink(sock->addr.sun_path);
	unlock(sock);
}
