/* SPDX-License-Identifier: BSD-3-Clause */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

FILE *file_open_regular(const char *path, int *ret, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	FILE *file = NULL;
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && !S_ISREG(st.st_mode))
		*ret = error_set(err, -EINVAL, "%s: is not a regular file", path);
	else if (fd < 0 || !(file = fdopen(fd, "r")))
		*ret = error_set(err, -errno, "%s: cannot be opened: %s", path, strerror(errno));
	if (fd >= 0 && !file)
		close(fd);
	return file;
}
