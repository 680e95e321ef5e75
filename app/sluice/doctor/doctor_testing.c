/* SPDX-License-Identifier: BSD-3-Clause */
#include "doctor_testing.h"

#include <ftw.h>
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

static char root[64];
static struct report report;

static void make_folders(char *path)
{
	for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
}

static void full(char *buf, const char *path)
{
	assert_true(snprintf(buf, PATH_MAX, "%s/%s", root, path) < PATH_MAX);
	make_folders(buf);
}

void fake_file(const char *path, const char *text)
{
	char buf[PATH_MAX];
	FILE *file;

	full(buf, path);
	file = fopen(buf, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void fake_folder(const char *path)
{
	char buf[PATH_MAX];

	full(buf, path);
	assert_true(!mkdir(buf, 0755) || !access(buf, F_OK));
}

void fake_link(const char *path, const char *target)
{
	char buf[PATH_MAX];

	full(buf, path);
	unlink(buf);
	assert_int_equal(symlink(target, buf), 0);
}

static void fake_text(const char *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void fake_text(const char *text, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	if (*text)
		fake_file(path, text);
	else
		fake_folder(path);
}

void fake_pci(const char *addr, const char *class_, const char *vendor, const char *driver,
	      const char *netdev)
{
	char path[256], target[256];

	fake_text(class_, "sys/bus/pci/devices/%s/class", addr);
	fake_text(vendor, "sys/bus/pci/devices/%s/vendor", addr);
	fake_text("0x1000\n", "sys/bus/pci/devices/%s/device", addr);
	fake_text("0\n", "sys/bus/pci/devices/%s/numa_node", addr);
	if (driver) {
		fake_text("", "sys/bus/pci/drivers/%s", driver);
		snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver", addr);
		snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", driver);
		fake_link(path, target);
	}
	if (netdev) {
		fake_text("", "sys/bus/pci/devices/%s/net/%s", addr, netdev);
		fake_text("1\n", "sys/class/net/%s/carrier", netdev);
		fake_text("10000\n", "sys/class/net/%s/speed", netdev);
	}
}

void fake_group(const char *addr, const char *group)
{
	char path[256], target[256];

	fake_folder("sys/class/iommu/dmar0");
	fake_text("", "sys/kernel/iommu_groups/%s/devices/%s", group, addr);
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/iommu_group", addr);
	snprintf(target, sizeof(target), "../../../../kernel/iommu_groups/%s", group);
	fake_link(path, target);
}

void fake_config(const char *text)
{
	fake_file(&CONFIG_PATH[1], text);
}

int fake_create(void **state)
{
	strcpy(root, "/tmp/doctor_test.XXXXXX");
	if (!mkdtemp(root))
		return -1;
	*state = root;
	fake_file("sys/devices/system/cpu/online", "0-3\n");
	fake_file("sys/devices/system/node/node0/cpulist", "0-3\n");
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	return remove(path);
}

int fake_destroy(void **state)
{
	json_decref(report.lines);
	report = (struct report){.lines = NULL};
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void look(void (*check)(const struct machine *m, struct report *r))
{
	struct machine m;

	json_decref(report.lines);
	report = (struct report){.lines = json_array(), .check = "it"};
	machine_open(&m, NULL, root);
	check(&m, &report);
	machine_close(&m);
}

static const char *text_of(const json_t *line, const char *key)
{
	return json_string_value(json_object_get(line, key));
}

void expect_line(const char *status, const char *found, const char *command)
{
	const json_t *line;
	size_t i;

	json_array_foreach (report.lines, i, line) {
		const char *said = text_of(line, "command");

		if (!strcmp(text_of(line, "status"), status) &&
		    strstr(text_of(line, "found"), found) &&
		    (command ? said && strstr(said, command) : !said))
			return;
	}
	json_dumpf(report.lines, stderr, JSON_INDENT(1));
	fail_msg("no line: %s, '%s', command '%s'", status, found, command ? command : "none");
}

void expect_no_command(const char *text)
{
	const json_t *line;
	size_t i;

	json_array_foreach (report.lines, i, line) {
		const char *said = text_of(line, "command");

		assert_true(!said || !strstr(said, text));
	}
}

void expect_count(enum report_status status, unsigned n)
{
	if (report.count[status] != n)
		json_dumpf(report.lines, stderr, JSON_INDENT(1));
	assert_int_equal(report.count[status], n);
}
