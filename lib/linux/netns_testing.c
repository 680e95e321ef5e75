/* SPDX-License-Identifier: BSD-3-Clause */
#include "netns_testing.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static FILE *captured;
static int real_stderr;

int testing_netns(void **state)
{
	if (unshare(CLONE_NEWNET)) {
		perror("unshare: a test of network namespaces needs root");
		return -1;
	}
	testing_run("ip link set lo up");
	return 0;
}

__attribute__((format(printf, 1, 0))) static const char *command(const char *fmt, va_list args)
{
	static char line[512];

	assert_in_range(vsnprintf(line, sizeof(line), fmt, args), 1, sizeof(line) - 1);
	return line;
}

void testing_run(const char *fmt, ...)
{
	va_list args;
	const char *line;

	va_start(args, fmt);
	line = command(fmt, args);
	va_end(args);
	if (system(line))
		fail_msg("failed: %s", line);
}

const char *testing_output(const char *fmt, ...)
{
	static char out[512];
	va_list args;
	FILE *pipe;

	va_start(args, fmt);
	pipe = popen(command(fmt, args), "r");
	va_end(args);
	assert_non_null(pipe);
	if (!fgets(out, sizeof(out), pipe))
		*out = 0;
	pclose(pipe);
	out[strcspn(out, "\n")] = 0;
	return out;
}

int testing_packet_socket(const char *netdev)
{
	struct sockaddr_ll addr = {.sll_family = AF_PACKET,
				   .sll_protocol = htons(ETH_P_ALL),
				   .sll_ifindex = (int)if_nametoindex(netdev)};
	/* Without a protocol until it is bound, so that no frame of another netdev gets in. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), size = 16 << 20;

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

pid_t testing_child(bool (*start)(void))
{
	int ready[2];
	pid_t child;
	char c;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0) {
		close(ready[0]);
		if (!start() || write(ready[1], "+", 1) != 1)
			_exit(1);
		close(ready[1]);
		while (true)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return child;
}

void testing_kill(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

void testing_stderr_begin(void)
{
	captured = tmpfile();
	assert_non_null(captured);
	unsetenv("JOURNAL_STREAM");
	real_stderr = dup(STDERR_FILENO);
	dup2(fileno(captured), STDERR_FILENO);
}

const char *testing_stderr_end(void)
{
	static char text[4096];
	size_t n;

	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	rewind(captured);
	n = fread(text, 1, sizeof(text) - 1, captured);
	text[n] = 0;
	fclose(captured);
	return text;
}
