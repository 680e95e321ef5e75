/* SPDX-License-Identifier: BSD-3-Clause */
#include "wait.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>

#include <rte_cpuflags.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_pause.h>
#include <rte_power_intrinsics.h>

#include "idle.h"
#include "rcu.h"

#define TIMER_SLACK_NS 1

int wait_init(struct worker *w)
{
	struct epoll_event event = {.events = EPOLLIN};
	int ret = doorbell_open(&w->bell);
	struct rte_cpu_intrinsics cpu;

	/* Not asked at each pause: in a virtual machine the hypervisor answers. */
	rte_cpu_get_intrinsics_support(&cpu);
	w->cpu_pauses = cpu.power_pause;
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!ret && epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->bell.fd, &event))
		ret = -errno;
	return ret;
}

void wait_fini(struct worker *w)
{
	doorbell_close(&w->bell);
	if (w->epoll_fd >= 0)
		close(w->epoll_fd);
}

/* The file of the queue's interrupt, or -1. DPDK logs it as an error that there is none. */
static int interrupt_fd(uint16_t port, uint16_t queue)
{
	int type = rte_log_register("lib.ethdev"), level = rte_log_get_level((uint32_t)type), fd;

	rte_log_set_level((uint32_t)type, RTE_LOG_CRIT);
	fd = rte_eth_dev_rx_intr_ctl_q_get_fd(port, queue);
	rte_log_set_level((uint32_t)type, (uint32_t)level);
	return fd;
}

bool wait_add_queue(struct worker *w, uint16_t port, uint16_t queue)
{
	/* An edge is enough, and the counter in the file need not be read. */
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int fd = interrupt_fd(port, queue), ret;

	if (fd < 0)
		return false;
	/* -ENOTSUP: there is nothing to enable, the file is ready whenever packets come (net_tap).
	 */
	ret = rte_eth_dev_rx_intr_enable(port, queue);
	if (ret && ret != -ENOTSUP)
		return false;
	rte_eth_dev_rx_intr_disable(port, queue);
	/* Queues may share one. */
	return !epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &event) || errno == EEXIST;
}

void wait_begin(void)
{
	prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
}

void wait_pause(const struct worker *w, uint64_t until)
{
	if (w->cpu_pauses) {
		rte_power_pause(until);
		return;
	}
	while (rte_rdtsc() < until)
		rte_pause();
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* The worker holds nothing from here on, until wake_up(). */
static void fall_asleep(struct worker *w)
{
	w->stats->sleeps++;
	stat_asleep_begin(w->stats, rte_rdtsc());
	rcu_reader_sleep(w->rcu, w->id);
}

static void wake_up(struct worker *w)
{
	rcu_reader_wake(w->rcu, w->id);
	stat_asleep_end(w->stats, rte_rdtsc());
}

/* Sleeping must not cost packets: a NIC's ring has to hold what comes meanwhile. */
static uint32_t longest_sleep_ns(const struct worker *w)
{
	const struct worker_rxqs *rxqs = worker_rxqs(w);
	uint32_t ns = w->idle->sleep_ns;

	for (uint16_t i = 0; i < rxqs->n; i++)
		ns = RTE_MIN(ns, rxqs->rxq[i].fill_ns);
	return ns;
}

void wait_sleep(struct worker *w)
{
	struct timespec ts = {.tv_nsec = longest_sleep_ns(w)};

	if (idle_wants_cpu_time(w->idle))
		idle_measure(w->idle, cpu_ns());
	fall_asleep(w);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
	wake_up(w);
}

/* An interrupt that a queue raises while it is polled costs time for nothing. */
static void disable(const struct worker_rxqs *rxqs)
{
	for (uint16_t i = 0; i < rxqs->n; i++)
		if (rxqs->rxq[i].interrupt)
			rte_eth_dev_rx_intr_disable(rxqs->rxq[i].port, rxqs->rxq[i].queue);
}

static bool enable(const struct worker_rxqs *rxqs)
{
	for (uint16_t i = 0; i < rxqs->n; i++) {
		const struct worker_rxq *q = &rxqs->rxq[i];
		int ret = rte_eth_dev_rx_intr_enable(q->port, q->queue);

		if (ret && ret != -ENOTSUP)
			return false;
	}
	return true;
}

static bool have_interrupts(const struct worker_rxqs *rxqs)
{
	for (uint16_t i = 0; i < rxqs->n; i++)
		if (!rxqs->rxq[i].interrupt)
			return false;
	return true;
}

bool wait_arm(struct worker *w)
{
	const struct worker_rxqs *rxqs;

	if (!have_interrupts(worker_rxqs(w)))
		return false;
	/* The set counts that is found from here on: one that is published later rings. */
	doorbell_arm(&w->bell);
	rxqs = worker_rxqs(w);
	if (have_interrupts(rxqs) && enable(rxqs))
		return true;
	wait_disarm(w);
	return false;
}

bool wait_for_interrupt(struct worker *w)
{
	struct epoll_event event;
	int n;

	fall_asleep(w);
	n = epoll_wait(w->epoll_fd, &event, 1, WAIT_MAX_MS);
	wake_up(w);
	/* A signal (EINTR) may be the driver's, for packets. */
	return n != 0;
}

/* The set may be another than that of wait_arm(): of a queue that has gone, nobody disables the
 * interrupts; one that is new has none enabled. */
void wait_disarm(struct worker *w)
{
	disable(worker_rxqs(w));
	doorbell_disarm(&w->bell);
}
