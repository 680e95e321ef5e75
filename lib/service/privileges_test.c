/* SPDX-License-Identifier: BSD-3-Clause */
/* What threads have afterwards, as the kernel tells it. Each case is a process of its own: what is
 * given up does not come back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "privileges.h"

#define BIT(cap)  (UINT64_C(1) << (cap))
#define N_THREADS 4

struct caps {
	unsigned long long inh, prm, eff, bnd, amb;
	int no_new_privs;
};

static int failures;

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			failures++;                                                             \
		}                                                                               \
	} while (0)

static struct caps caps_of(pid_t tid)
{
	struct caps c = {.no_new_privs = -1};
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	file = fopen(path, "r");
	CHECK(file);
	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "CapInh: %llx", &c.inh);
		sscanf(line, "CapPrm: %llx", &c.prm);
		sscanf(line, "CapEff: %llx", &c.eff);
		sscanf(line, "CapBnd: %llx", &c.bnd);
		sscanf(line, "CapAmb: %llx", &c.amb);
		sscanf(line, "NoNewPrivs: %d", &c.no_new_privs);
	}
	if (file)
		fclose(file);
	return c;
}

struct thread {
	pthread_t thread;
	const char *name;
	bool deaf; /* blocks all signals */
	pid_t tid;
	pthread_barrier_t *start, *end;
};

static void *sleep_on(void *arg)
{
	struct thread *t = arg;
	sigset_t all;

	t->tid = gettid();
	prctl(PR_SET_NAME, t->name);
	sigfillset(&all);
	if (t->deaf)
		pthread_sigmask(SIG_BLOCK, &all, NULL);
	pthread_barrier_wait(t->start);
	pthread_barrier_wait(t->end);
	return NULL;
}

/* Another process sends it, and the process itself when nobody asks: neither does anything. */
static void foreign_signals(void)
{
	pid_t me = getpid(), child = fork();

	if (!child)
		_exit(kill(me, SIGRTMIN) ? 1 : 0);
	CHECK(waitpid(child, NULL, 0) == child);
	kill(me, SIGRTMIN);
	tgkill(me, gettid(), SIGRTMIN);
}

/* Runs in a child: threads that are interrupted in a wait, one of which keeps as much as the
 * caller, another less. */
static void threads_drop(void)
{
	struct thread threads[N_THREADS] = {
		{.name = "worker"}, {.name = "keeper"}, {.name = "other"}, {.name = "frugal"}};
	static const struct privileges_keeper keepers[] = {
		{"keeper", UINT64_MAX}, {"frugal", BIT(CAP_NET_RAW) | BIT(CAP_CHOWN)}, {0}};
	const uint64_t kept = BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW);
	const uint64_t may[1 + N_THREADS] = {kept, 0, kept, 0, BIT(CAP_NET_RAW)};
	uint64_t have = privileges_have();
	bool bounding = have & BIT(CAP_SETPCAP);
	pthread_barrier_t start, end;
	struct error err = {""};
	struct caps c;

	pthread_barrier_init(&start, NULL, N_THREADS + 1);
	pthread_barrier_init(&end, NULL, N_THREADS + 1);
	for (int i = 0; i < N_THREADS; i++) {
		threads[i].start = &start;
		threads[i].end = &end;
		CHECK(!pthread_create(&threads[i].thread, NULL, sleep_on, &threads[i]));
	}
	pthread_barrier_wait(&start);
	CHECK(!privileges_drop(kept, keepers, &err));
	foreign_signals();
	CHECK(privileges_have() == (kept & have));
	for (int i = 0; i <= N_THREADS; i++) {
		c = caps_of(i ? threads[i - 1].tid : getpid());
		CHECK(c.prm == (may[i] & have) && c.eff == c.prm && !c.inh && !c.amb);
		CHECK(!bounding || c.bnd == may[i]);
		CHECK(c.no_new_privs == 1);
	}
	pthread_barrier_wait(&end);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i].thread, NULL);
}

/* A thread that cannot be reached is told of, and keeps nobody. */
static void deaf_thread(void)
{
	struct thread t = {.name = "deaf one", .deaf = true};
	pthread_barrier_t start, end;
	struct error err = {""};
	char said[512] = "";
	int pipes[2], err_fd = dup(STDERR_FILENO);

	pthread_barrier_init(&start, NULL, 2);
	pthread_barrier_init(&end, NULL, 2);
	t.start = &start;
	t.end = &end;
	CHECK(!pthread_create(&t.thread, NULL, sleep_on, &t));
	pthread_barrier_wait(&start);
	CHECK(!pipe(pipes) && dup2(pipes[1], STDERR_FILENO) >= 0);
	CHECK(!privileges_drop(0, (const struct privileges_keeper[]){{0}}, &err));
	dup2(err_fd, STDERR_FILENO);
	if (caps_of(t.tid).prm)
		CHECK(read(pipes[0], said, sizeof(said) - 1) > 0 &&
		      strstr(said, "(deaf one) does not give up its capabilities"));
	CHECK(!caps_of(getpid()).prm);
	pthread_barrier_wait(&end);
	pthread_join(t.thread, NULL);
}

static void in_a_child(void (*fn)(void))
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		fn();
		_exit(failures ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void all_threads_give_up(void **state)
{
	in_a_child(threads_drop);
}

static void who_cannot_be_reached_is_named(void **state)
{
	in_a_child(deaf_thread);
}

static void table_is_sound(void **state)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < n_privileges; i++) {
		const struct privilege *p = &privileges[i];

		assert_false(seen & BIT(p->cap));
		seen |= BIT(p->cap);
		assert_true(!strncmp(p->name, "CAP_", 4) && *p->start);
		assert_int_equal(!p->keep, !p->kept_for);
	}
	assert_int_equal(privileges_needed(0), 0);
	assert_int_equal(privileges_needed(PRIVILEGE_ALWAYS),
			 BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW) | BIT(CAP_IPC_LOCK));
	assert_int_equal(privileges_needed(PRIVILEGE_PHYSICAL),
			 BIT(CAP_SYS_ADMIN) | BIT(CAP_SYS_RAWIO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_sound),
		cmocka_unit_test(all_threads_give_up),
		cmocka_unit_test(who_cannot_be_reached_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
