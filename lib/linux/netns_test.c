/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns.h"
#include "netns_testing.h"

static struct error err;
static char name[32];

static int setup(void **state)
{
	snprintf(name, sizeof(name), "sl-%d-netns", (int)getpid());
	testing_run("ip netns add %s", name);
	return 0;
}

static int teardown(void **state)
{
	testing_run("ip netns del %s", name);
	return 0;
}

static ino_t here(void)
{
	struct stat st;

	assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
	return st.st_ino;
}

static void in_and_out(void **state)
{
	ino_t home = here(), inside;
	struct netns ns;

	assert_int_equal(netns_open(&ns, name, &err), 0);
	assert_false(ns.own);
	assert_false(ns.init);
	assert_int_equal(here(), home); /* the trial came back */
	netns_enter(&ns);
	inside = here();
	assert_int_not_equal(inside, home);
	testing_run("ip link add v0 type veth peer name v1");
	netns_leave(&ns);
	assert_int_equal(here(), home);
	assert_int_equal(if_nametoindex("v0"), 0);
	netns_enter(&ns);
	assert_int_equal(here(), inside);
	assert_int_not_equal(if_nametoindex("v0"), 0);
	netns_leave(&ns);
	netns_close(&ns);
}

static void look(void *arg)
{
	*(ino_t *)arg = here();
}

/* Without the right to enter: a thread is inside already. */
static void call_without_rights(const struct netns *ns, ino_t inside)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	ino_t found = 0, home = here();

	syscall(SYS_capget, &header, data);
	data[0].effective &= ~(1u << CAP_SYS_ADMIN);
	data[0].permitted &= ~(1u << CAP_SYS_ADMIN);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
	assert_int_equal(setns(ns->fd, CLONE_NEWNET), -1);
	for (unsigned i = 0; i < 100; i++) {
		netns_call(ns, look, &found);
		assert_int_equal(found, inside);
	}
	assert_int_equal(here(), home);
}

static void *drop_and_call(void *arg)
{
	struct netns *ns = arg;
	ino_t inside;

	netns_enter(ns);
	inside = here();
	netns_leave(ns);
	call_without_rights(ns, inside);
	return NULL;
}

static void a_thread_stays(void **state)
{
	ino_t home = here(), found = 0, inside;
	pthread_t thread;
	struct netns ns;

	assert_int_equal(netns_open(&ns, name, &err), 0);
	netns_call(&ns, look, &inside); /* by going there */
	assert_int_not_equal(inside, home);
	assert_int_equal(netns_stay(&ns, &err), 0);
	netns_call(&ns, look, &found);
	assert_int_equal(found, inside);
	/* What a thread drops is gone for that thread. */
	assert_int_equal(pthread_create(&thread, NULL, drop_and_call, &ns), 0);
	pthread_join(thread, NULL);
	netns_close(&ns);
	assert_int_equal(netns_open(&ns, "", &err), 0);
	assert_int_equal(netns_stay(&ns, &err), 0);
	assert_null(ns.thread); /* it is here */
	netns_call(&ns, look, &found);
	assert_int_equal(found, home);
	netns_close(&ns);
}

static void by_path(void **state)
{
	ino_t home = here();
	struct netns ns;
	char path[64];

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	assert_int_equal(netns_open(&ns, path, &err), 0);
	netns_enter(&ns);
	assert_int_not_equal(here(), home);
	netns_leave(&ns);
	netns_close(&ns);
}

static void the_own_one(void **state)
{
	ino_t home = here();
	struct netns ns;

	assert_int_equal(netns_open(&ns, "", &err), 0);
	assert_true(ns.own);
	assert_false(ns.init); /* the test is in one of its own */
	netns_enter(&ns);
	assert_int_equal(here(), home);
	netns_leave(&ns);
	netns_close(&ns);
	/* Also by its name. */
	assert_int_equal(netns_open(&ns, "/proc/self/ns/net", &err), 0);
	assert_true(ns.own);
	netns_close(&ns);
}

static int first_ns = -1; /* where the machine's processes are: see main() */

static void the_first_one_is_known(void **state)
{
	struct netns ns;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", first_ns);
	assert_int_equal(netns_open(&ns, path, &err), 0);
	assert_true(ns.init);
	assert_false(ns.own);
	netns_close(&ns);
}

static void what_is_not_there(void **state)
{
	struct netns ns;
	char want[64];

	assert_int_equal(netns_open(&ns, "sl-none", &err), -ENOENT);
	snprintf(want, sizeof(want), "ip netns add sl-none");
	assert_non_null(strstr(err.msg, want));
	assert_int_equal(netns_open(&ns, "/nowhere/ns", &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/nowhere/ns"));
	assert_null(strstr(err.msg, "ip netns add"));
	assert_int_equal(netns_open(&ns, "/etc/passwd", &err), -EINVAL);
	assert_non_null(strstr(err.msg, "is not a network namespace"));
	/* A namespace, of another type. */
	assert_int_equal(netns_open(&ns, "/proc/self/ns/uts", &err), -EINVAL);
	assert_int_equal(ns.fd, -1);
	assert_int_equal(ns.home, -1);
}

/* Without the right to enter, open says so, and enter is not there to fail. */
static void not_allowed(void **state)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct netns ns;

		_exit(setuid(65534) || netns_open(&ns, name, &err) != -EPERM ||
		      !strstr(err.msg, "cannot enter"));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_and_out),  TEST(a_thread_stays),         TEST(by_path),
		TEST(the_own_one), TEST(the_first_one_is_known), TEST(what_is_not_there),
		TEST(not_allowed),
	};

	first_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return cmocka_run_group_tests(tests, testing_netns, NULL);
}
