/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"

/* What a warning looks like on a stderr that is a new file, with JOURNAL_STREAM as told: NULL for
 * none, and with own the very file's. */
static void line_is(const char *stream, int own, const char *expected)
{
	int old = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	char buf[128] = "";
	struct stat st;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	snprintf(buf, sizeof(buf), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	unsetenv("JOURNAL_STREAM");
	if (own || stream)
		setenv("JOURNAL_STREAM", own ? buf : stream, 1);
	memset(buf, 0, sizeof(buf));
	dup2(fileno(file), STDERR_FILENO);
	log_warn("link %d", 7);
	dup2(old, STDERR_FILENO);
	close(old);
	rewind(file);
	assert_non_null(fgets(buf, sizeof(buf), file));
	fclose(file);
	assert_string_equal(buf, expected);
}

static void prefix(void **state)
{
	line_is(NULL, 0, "sluiced: warning: link 7\n");
	line_is(NULL, 1, "<4>link 7\n");
	line_is("1:1", 0, "sluiced: warning: link 7\n"); /* inherited, of another stream */
	line_is("", 0, "sluiced: warning: link 7\n");
	line_is("x:y", 0, "sluiced: warning: link 7\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(prefix)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
