/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose socket it is: live, stale, somebody else's, and many that want it at once. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "api.h"
#include "api_socket.h"

struct place {
	char dir[32];
	char path[64];
	struct event_base *base;
};

static int make_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->dir, "/tmp/api_test.XXXXXX");
	if (!mkdtemp(place->dir))
		return -1;
	sprintf(place->path, "%s/sock", place->dir);
	place->base = event_base_new();
	*state = place;
	return 0;
}

/* Fails when a test left a file behind. */
static int remove_place(void **state)
{
	struct place *place = *state;
	int ret = rmdir(place->dir);

	event_base_free(place->base);
	free(place);
	return ret;
}

static void expect_refused(const struct place *place, const char *path, int code, const char *text)
{
	struct error err = {""};

	errno = 0;
	assert_null(api_create(place->base, path, API_GROUP_OWN, &err));
	assert_int_equal(errno, code);
	if (!strstr(err.msg, text))
		fail_msg("'%s' is not in '%s'", text, err.msg);
}

/* A socket that nobody listens on, or with `fd` one that somebody does. */
static void bind_at(const char *path, int *fd)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(addr.sun_path, path);
	assert_int_equal(bind(sock, (struct sockaddr *)&addr, sizeof(addr)), 0);
	if (!fd) {
		close(sock);
		return;
	}
	assert_int_equal(listen(sock, 1), 0);
	*fd = sock;
}

static void mode_and_removal(void **state)
{
	struct place *place = *state;
	struct stat st;
	mode_t old = umask(0077);
	struct api *api = api_create(place->base, place->path, API_GROUP_OWN, NULL);

	umask(old);
	assert_non_null(api);
	assert_int_equal(lstat(place->path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_ptr_equal(signal(SIGPIPE, SIG_DFL), SIG_IGN);
	api_destroy(api);
	assert_int_equal(lstat(place->path, &st), -1);
}

static void group_of_the_socket(void **state)
{
	struct place *place = *state;
	struct error err;
	struct stat st;
	gid_t group = getgid();
	struct api *api;

	/* Only root may give a file to a group that he is not in. */
	if (!geteuid())
		group = 64321;
	api = api_create(place->base, place->path, group, NULL);
	assert_non_null(api);
	assert_int_equal(lstat(place->path, &st), 0);
	assert_int_equal(st.st_gid, group);
	assert_int_equal(st.st_mode & 07777, 0660);
	api_destroy(api);
	if (!geteuid())
		return;
	assert_null(api_create(place->base, place->path, 64321, &err));
	assert_non_null(strstr(err.msg, "cannot give its group to /tmp/"));
	assert_int_equal(lstat(place->path, &st), -1);
}

static void second_is_told(void **state)
{
	struct place *place = *state;
	struct api *api = api_create(place->base, place->path, API_GROUP_OWN, NULL);

	expect_refused(place, place->path, EADDRINUSE, "another sluiced is running on /tmp/");
	expect_refused(place, place->path, EADDRINUSE, "another sluiced is running on /tmp/");
	assert_int_equal(access(place->path, F_OK), 0);
	api_destroy(api);
	api = api_create(place->base, place->path, API_GROUP_OWN, NULL);
	assert_non_null(api);
	api_destroy(api);
}

/* One that was killed, and has its files for some more time. */
static void the_dying_are_waited_for(void **state)
{
	const struct timespec dies = {.tv_nsec = 300 * 1000000};
	struct place *place = *state;
	int ready[2], status;
	struct api *api;
	pid_t child;
	char byte;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (!child) {
		struct api_socket sock;

		if (api_socket_open(&sock, place->path, API_GROUP_OWN, NULL) ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		nanosleep(&dies, NULL);
		_exit(0); /* without a word */
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	api = api_create(place->base, place->path, API_GROUP_OWN, NULL);
	assert_non_null(api);
	api_destroy(api);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ready[0]);
	close(ready[1]);
}

static void live_without_lock_is_seen(void **state)
{
	struct place *place = *state;
	int fd;

	bind_at(place->path, &fd);
	/* More than its backlog takes: connect() says EAGAIN from the third on. */
	for (int i = 0; i < 5; i++)
		expect_refused(place, place->path, EADDRINUSE, "another sluiced");
	close(fd);
	unlink(place->path);
}

static void stale_is_replaced(void **state)
{
	struct place *place = *state;
	char lock[80];
	struct api *api;
	FILE *file;

	bind_at(place->path, NULL);
	sprintf(lock, "%s.lock", place->path);
	file = fopen(lock, "w");
	assert_non_null(file);
	fclose(file);
	api = api_create(place->base, place->path, API_GROUP_OWN, NULL);
	assert_non_null(api);
	api_destroy(api);
}

static void other_files_are_left_alone(void **state)
{
	struct place *place = *state;
	char target[80];
	FILE *file = fopen(place->path, "w");

	fputs("precious", file);
	fclose(file);
	expect_refused(place, place->path, ENOTSOCK, "not a socket");
	sprintf(target, "%s/target", place->dir);
	assert_int_equal(rename(place->path, target), 0);
	assert_int_equal(symlink(target, place->path), 0);
	expect_refused(place, place->path, ENOTSOCK, "not a socket");
	unlink(place->path);
	mkdir(place->path, 0700);
	expect_refused(place, place->path, ENOTSOCK, "not a socket");
	rmdir(place->path);
	assert_int_equal(unlink(target), 0);
}

static void bad_paths(void **state)
{
	struct place *place = *state;
	char path[200];

	expect_refused(place, "", EINVAL, "empty");
	memset(path, 'x', sizeof(path));
	path[108] = '\0';
	expect_refused(place, path, ENAMETOOLONG, "108 characters, at most 107");
	sprintf(path, "%s/a/b/sock", place->dir);
	expect_refused(place, path, ENOENT, "cannot make the directory");
	assert_int_equal(mkdir(place->path, 0700), 0);
	sprintf(path, "%s/../sock/in/sock", place->path);
	assert_int_equal(symlink("loop", strcat(strcpy(path, place->path), "/loop")), 0);
	expect_refused(place, strcat(path, "/sock"), ELOOP, "cannot");
	*strrchr(path, '/') = '\0';
	unlink(path);
	rmdir(place->path);
}

static void makes_the_last_directory(void **state)
{
	struct place *place = *state;
	mode_t old = umask(0022);
	char path[80];
	struct stat st;
	struct api *api;

	sprintf(path, "%s/run/sock", place->dir);
	api = api_create(place->base, path, API_GROUP_OWN, NULL);
	umask(old);
	assert_non_null(api);
	*strrchr(path, '/') = '\0';
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	api_destroy(api);
	assert_int_equal(rmdir(path), 0);
}

struct racer {
	const struct place *place;
	pthread_t thread;
	char lock_path[80];
	int *owners; /* shared: how many hold the socket now */
	int overlaps;
	int wins;
	int surprises;
};

static void *race(void *arg)
{
	struct event_base *base = event_base_new();
	struct racer *racer = arg;

	for (int i = 0; i < 2000; i++) {
		struct api *api = api_create(base, racer->place->path, API_GROUP_OWN, NULL);

		if (!api) {
			racer->surprises += errno != EADDRINUSE;
			continue;
		}
		racer->wins++;
		/* The lock that it holds is the one that the next will try, not a removed one. */
		racer->surprises += access(racer->lock_path, F_OK) != 0;
		racer->overlaps += __atomic_fetch_add(racer->owners, 1, __ATOMIC_SEQ_CST) != 0;
		__atomic_fetch_sub(racer->owners, 1, __ATOMIC_SEQ_CST);
		api_destroy(api);
	}
	event_base_free(base);
	return NULL;
}

/* Coming and going at the same instants: never two at a time, and no error but that one. */
static void only_one_wins(void **state)
{
	struct racer racers[6] = {0};
	int owners = 0, wins = 0;

	for (int i = 0; i < 6; i++) {
		racers[i].place = *state;
		racers[i].owners = &owners;
		sprintf(racers[i].lock_path, "%s.lock", racers[i].place->path);
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	}
	for (int i = 0; i < 6; i++) {
		pthread_join(racers[i].thread, NULL);
		assert_int_equal(racers[i].overlaps, 0);
		assert_int_equal(racers[i].surprises, 0);
		wins += racers[i].wins;
	}
	assert_true(wins > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(mode_and_removal, make_place, remove_place),
		cmocka_unit_test_setup_teardown(group_of_the_socket, make_place, remove_place),
		cmocka_unit_test_setup_teardown(second_is_told, make_place, remove_place),
		cmocka_unit_test_setup_teardown(the_dying_are_waited_for, make_place, remove_place),
		cmocka_unit_test_setup_teardown(live_without_lock_is_seen, make_place,
						remove_place),
		cmocka_unit_test_setup_teardown(stale_is_replaced, make_place, remove_place),
		cmocka_unit_test_setup_teardown(other_files_are_left_alone, make_place,
						remove_place),
		cmocka_unit_test_setup_teardown(bad_paths, make_place, remove_place),
		cmocka_unit_test_setup_teardown(makes_the_last_directory, make_place, remove_place),
		cmocka_unit_test_setup_teardown(only_one_wins, make_place, remove_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
