/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread that lives in a namespace, where it waits for something to do. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "netns.h"

struct netns_thread {
	pthread_t id;
	sem_t asked, done;
	int fd;       /* of the namespace */
	int ret;      /* of going there */
	netns_fn *fn; /* NULL: end */
	void *arg;
};

static void wait_for(sem_t *sem)
{
	while (sem_wait(sem))
		; /* a signal */
}

static void *live(void *arg)
{
	struct netns_thread *t = arg;

	t->ret = setns(t->fd, CLONE_NEWNET) ? -errno : 0;
	sem_post(&t->done);
	if (t->ret)
		return NULL;
	for (;;) {
		wait_for(&t->asked);
		if (!t->fn)
			return NULL;
		t->fn(t->arg);
		sem_post(&t->done);
	}
}

int netns_stay(struct netns *ns, struct error *err)
{
	struct netns_thread *t;
	sigset_t all, before;
	int ret;

	if (ns->own)
		return 0;
	t = calloc(1, sizeof(*t));
	if (!t)
		return error_set(err, -ENOMEM, "out of memory");
	t->fd = ns->fd;
	sem_init(&t->asked, 0, 0);
	sem_init(&t->done, 0, 0);
	/* Signals are the control thread's, but for that by which privileges are given up. */
	sigfillset(&all);
	sigdelset(&all, SIGRTMIN);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = -pthread_create(&t->id, NULL, live, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!ret) {
		pthread_setname_np(t->id, NETNS_THREAD);
		wait_for(&t->done);
		ret = t->ret;
		if (ret)
			pthread_join(t->id, NULL);
	}
	if (ret) {
		free(t);
		return error_set(err, ret, "no thread stays in the network namespace: %s",
				 strerror(-ret));
	}
	ns->thread = t;
	return 0;
}

void netns_call(const struct netns *ns, netns_fn *fn, void *arg)
{
	struct netns_thread *t = ns->thread;

	if (!t) {
		netns_enter(ns);
		fn(arg);
		netns_leave(ns);
		return;
	}
	t->fn = fn;
	t->arg = arg;
	sem_post(&t->asked);
	wait_for(&t->done);
}

void netns_thread_end(struct netns_thread *t)
{
	if (!t)
		return;
	t->fn = NULL;
	sem_post(&t->asked);
	pthread_join(t->id, NULL);
	sem_destroy(&t->asked);
	sem_destroy(&t->done);
	free(t);
}
