/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop of the mirror thread. A turn takes at most one burst from each punt ring and then one
 * from each TAP, so that a flood from one side, or one port, does not keep the others waiting.
 *
 * It spins only while a source was left with something in it. Else it sleeps until a TAP is ready,
 * but not for longer than a packet in a punt ring may wait: 50 us after a packet, twice as long
 * after each turn without, 1 ms at most. After that it arms its doorbell, looks once more, and
 * sleeps until a worker rings.
 */
#include <errno.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "mirror_private.h"

#define WAIT_MIN_US    50
#define WAIT_MAX_US    1000
#define WAIT_ARMED     (WAIT_MAX_US + 1) /* one more look, with the doorbell armed */
#define WAIT_BELL      (WAIT_MAX_US + 2) /* until it rings */
#define TIMER_SLACK_NS 1000
#define NICE           (-10)
#define TAP_QUEUE_MAX  4096 /* frames of one TAP that a flush waits for; Linux queues 1000 */

void mirror_tap_gone(struct mirror_set *m, struct mirror_tap *tap)
{
	epoll_ctl(m->epoll_fd, EPOLL_CTL_DEL, tap->fd, NULL);
	tap->fd = -1;
	tap->due = 0;
}

/* While the control thread changes something. */
static void stand_still(struct mirror_set *m)
{
	pthread_mutex_lock(&m->lock);
	while (m->hold) {
		/* Again, when it was released and held before this thread ran. */
		if (!m->standing) {
			m->standing = true;
			pthread_cond_broadcast(&m->changed);
		}
		pthread_cond_wait(&m->changed, &m->lock);
	}
	pthread_mutex_unlock(&m->lock);
}

/* A ring is done when it was seen empty, or when as many packets as it can hold were taken. */
static void flush_begin(struct mirror_set *m)
{
	uint64_t wanted = __atomic_load_n(&m->flush_wanted, __ATOMIC_ACQUIRE);

	if (m->flush != FLUSH_NONE || wanted == m->flush_target)
		return;
	m->flush_target = wanted;
	m->flush = FLUSH_RINGS;
	for (unsigned i = 0; i < m->workers->n; i++)
		m->ring_due[i] = PUNT_RING_SIZE;
}

static bool rings_due(const struct mirror_set *m)
{
	for (unsigned i = 0; i < m->workers->n; i++)
		if (m->ring_due[i])
			return true;
	return false;
}

/* The rings are done: what Linux makes of those packets is in the TAPs now. Those that are not
 * ready are empty. */
static void flush_taps(struct mirror_set *m, int n_ready)
{
	unsigned due = 0;

	if (m->flush == FLUSH_NONE || rings_due(m))
		return;
	if (m->flush == FLUSH_RINGS)
		due = TAP_QUEUE_MAX;
	m->flush = FLUSH_TAPS;
	for (int i = 0; i < n_ready; i++)
		if (m->events[i].data.u32 < m->n_ifaces)
			m->taps[m->events[i].data.u32].ready = m->turns;
	for (unsigned i = 0; i < m->n_used; i++)
		m->taps[i].due = m->taps[i].ready == m->turns ? RTE_MAX(m->taps[i].due, due) : 0;
}

static void flush_end(struct mirror_set *m)
{
	if (m->flush != FLUSH_TAPS)
		return;
	for (unsigned i = 0; i < m->n_used; i++)
		if (m->taps[i].due)
			return;
	m->flush = FLUSH_NONE;
	pthread_mutex_lock(&m->lock);
	m->flush_done = m->flush_target;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

static void on_event(struct mirror_set *m, const struct epoll_event *event,
		     struct mirror_turn *turn)
{
	uint64_t count;

	if (event->data.u32 == MIRROR_WAKE) {
		if (read(m->wake_fd, &count, sizeof(count)) < 0)
			return; /* not blocking: somebody else's wake is still to come */
	} else if (event->data.u32 == MIRROR_BELL) {
		doorbell_disarm(&m->bell);
	} else if (event->events & EPOLLIN) {
		mirror_inject(m, (uint16_t)event->data.u32, turn);
	} else {
		mirror_tap_gone(m, &m->taps[event->data.u32]);
	}
}

struct mirror_turn mirror_take_turn(struct mirror_set *m)
{
	struct mirror_turn turn = {0};
	int n;

	m->turns++;
	flush_begin(m);
	for (unsigned i = 0; i < m->workers->n; i++)
		mirror_punt(m, i, &turn);
	/* Only now: Linux may have answered, or forwarded, what it was just given. */
	n = epoll_wait(m->epoll_fd, m->events, (int)m->n_used + 2, 0);
	flush_taps(m, n);
	/* Each TAP is the first one once, for the room in the rings and the mbufs. */
	for (int i = 0; i < n; i++)
		on_event(m, &m->events[(m->turns + (unsigned)i) % (unsigned)n], &turn);
	m->starved = turn.starved ? m->starved + 1 : 0;
	flush_end(m);
	return turn;
}

static unsigned next_wait_us(const struct mirror_set *m, const struct mirror_turn *turn,
			     unsigned last_us)
{
	if (turn->starved)
		return WAIT_MIN_US;
	if (turn->more || m->flush != FLUSH_NONE)
		return 0;
	if (turn->packets)
		return WAIT_MIN_US;
	if (last_us == WAIT_MAX_US)
		return WAIT_ARMED;
	if (last_us == WAIT_ARMED)
		return WAIT_BELL;
	return RTE_MIN(RTE_MAX(last_us * 2, WAIT_MIN_US), WAIT_MAX_US);
}

/* Without mbufs the TAPs are ready in vain: then only the control thread ends the wait early. */
static void sleep_us(struct mirror_set *m, unsigned us, bool starved)
{
	struct pollfd fd = {.fd = starved ? m->wake_fd : m->epoll_fd, .events = POLLIN};
	struct timespec timeout = {.tv_nsec = us * 1000l};

	if (us == WAIT_ARMED)
		doorbell_arm(&m->bell);
	else if (us)
		ppoll(&fd, 1, us == WAIT_BELL ? NULL : &timeout, NULL);
}

void *mirror_main(void *arg)
{
	struct mirror_set *m = arg;
	unsigned wait_us = WAIT_MIN_US;

	/* Without the right to it, it is slower under load. */
	setpriority(PRIO_PROCESS, 0, NICE);
	prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
	pthread_mutex_lock(&m->lock);
	m->started = true;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
	while (!__atomic_load_n(&m->stop, __ATOMIC_ACQUIRE)) {
		struct mirror_turn turn;

		if (__atomic_load_n(&m->hold, __ATOMIC_RELAXED))
			stand_still(m);
		turn = mirror_take_turn(m);
		wait_us = next_wait_us(m, &turn, wait_us);
		sleep_us(m, wait_us, turn.starved);
	}
	return NULL;
}
