/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "iface.h"
#include "own4.h"

#include <errno.h>

#define MAX 3

static const struct mac_addr mac = {{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};
static struct iface_table *t;
static struct error err;

static int setup(void **state)
{
	t = iface_table_create(MAX, -1);
	return t ? 0 : -1;
}

static int teardown(void **state)
{
	iface_table_destroy(t);
	return 0;
}

static struct iface *add(const char *name)
{
	return iface_add(t, name, (uint16_t)(40 + (t->n ? t->n - 1 : 0)), &mac, 1500, &err);
}

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_prefix_parse(text, &p), 0);
	return p;
}

static void both_halves_agree(void **state)
{
	const struct iface *first = add("first"), *second = add("second");
	const struct iface_fwd *fwd = &t->fwd[second->id];
	const uint8_t frame[8] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0xaa, 0xbb};
	uint64_t head;

	assert_int_equal(first->id, 1);
	assert_int_equal(second->id, 2);
	assert_int_equal(fwd->port, 41);
	memcpy(&head, frame, sizeof(head));
	assert_true((head ^ fwd->mac) << 16 == 0);
	assert_memory_equal(fwd->link_local, second->addrs[0].addr.bytes, 16);
	assert_int_equal((uintptr_t)fwd % RTE_CACHE_LINE_SIZE, 0);
	assert_ptr_equal(iface_by_name(t, "second"), second);
	assert_null(iface_by_name(t, "secon"));
}

static void changes_reach_both_halves(void **state)
{
	struct iface *a = add("a"), *b = add("b");
	const struct mac_addr other = {{0x02, 0xfe, 0xdc, 0xba, 0x98, 0x76}};
	const struct ip_prefix link_local = prefix("fe80::abcd/64");
	const struct iface_fwd *fwd = &t->fwd[b->id];
	const uint8_t *old = b->addrs[0].addr.bytes;

	assert_true(b->up && iface_fwd_is_up(fwd));
	assert_true(iface_fwd_is_link_local(fwd, old));
	iface_set_mac(t, b, &other);
	assert_memory_equal(&b->mac, &other, sizeof(other));
	assert_int_equal(iface_fwd_mac(fwd), iface_mac_word(&other));
	assert_true(iface_fwd_is_link_local(fwd, old)); /* stays */
	iface_set_link_local(t, b, &link_local.addr);
	assert_true(iface_fwd_is_link_local(fwd, link_local.addr.bytes));
	assert_false(iface_fwd_is_link_local(fwd, old));
	iface_set_mtu(b, 9000);
	assert_int_equal(b->mtu, 9000);
	iface_set_up(t, b, false);
	assert_false(b->up || iface_fwd_is_up(fwd));
	iface_set_up(t, b, true);
	assert_true(b->up && iface_fwd_is_up(fwd));
	assert_int_equal(iface_fwd_mac(&t->fwd[a->id]), iface_mac_word(&mac)); /* untouched */
	assert_int_equal(a->mtu, 1500);
}

static void names_and_room(void **state)
{
	static const char longest[] = "fifteen-letters";
	struct iface *iface = add(longest);

	assert_string_equal(iface->name, longest);
	assert_null(add(longest));
	assert_string_equal(err.msg, "the name 'fifteen-letters' is used twice");
	assert_int_equal(t->n, 2);
	assert_non_null(add("b"));
	assert_non_null(add("c"));
	assert_null(add("d"));
	assert_string_equal(err.msg, "interface d: there are 3 already, no more fit");
	assert_int_equal(t->n, MAX + 1);
}

/* One that has gone is found by its id alone, which is not given away before it is free. */
static void ids_are_used_again(void **state)
{
	struct iface *a = add("a"), *b = add("b"), *c;
	const struct iface_fwd *fwd = &t->fwd[a->id];

	iface_del(t, a);
	assert_true(a->gone && !a->up && !iface_fwd_is_up(fwd));
	assert_int_equal(iface_fwd_port(fwd), IFACE_PORT_NONE);
	assert_null(iface_by_name(t, "a"));
	assert_ptr_equal(iface_by_addr(t, &b->addrs[0].addr), b); /* they have the same */
	assert_ptr_equal(iface_next(t, NULL), b);
	assert_null(iface_next(t, b));
	assert_ptr_equal(t->ifaces[1], a);
	c = add("a");
	assert_int_equal(c->id, 3);
	assert_null(add("d")); /* no room: the id is not free yet */
	iface_free(t, a);
	a = iface_add(t, "d", 50, &mac, 1400, &err);
	assert_int_equal(a->id, 1);
	assert_int_equal(iface_fwd_port(fwd), 50);
	assert_true(iface_fwd_is_up(fwd));
	assert_ptr_equal(iface_next(t, NULL), a);
	assert_ptr_equal(iface_next(t, b), c);
	for (iface_del(t, c); t->ifaces[3]; iface_free(t, c))
		assert_int_equal(t->n, 4);
	assert_int_equal(t->n, 3);
}

static void addresses(void **state)
{
	struct iface *a = add("a"), *b = add("b");
	const struct ip_prefix p[] = {prefix("10.0.0.1/24"), prefix("10.0.0.2/24"),
				      prefix("2001:db8::1/64")};
	const struct ip_prefix shorter = prefix("10.0.0.1/16");

	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(iface_addr_add(a, &p[i]), 0);
	assert_int_equal(iface_addr_add(a, &shorter), -EEXIST);
	assert_int_equal(a->n_addrs, 4);
	assert_ptr_equal(iface_by_addr(t, &p[1].addr), a);
	assert_int_equal(iface_addr_del(a, &shorter), -ENOENT);
	assert_int_equal(iface_addr_del(b, &p[0]), -ENOENT);
	assert_int_equal(iface_addr_del(a, &p[0]), 0);
	assert_int_equal(iface_addr_del(a, &p[0]), -ENOENT);
	assert_null(iface_by_addr(t, &p[0].addr));
	assert_int_equal(a->n_addrs, 3);
	/* The others close up, the link-local one stays the first. */
	assert_true(ip_addr_is_link_local6(&a->addrs[0].addr));
	assert_true(ip_prefix_equal(&a->addrs[1], &p[1]));
	assert_true(ip_prefix_equal(&a->addrs[2], &p[2]));
	assert_int_equal(iface_addr_del(a, &p[2]), 0);
	assert_ptr_equal(iface_by_addr(t, &p[1].addr), a);
}

/* The bits of a filter tell addresses apart, near ones above all. */
static void filter_bits_spread(void **state)
{
	uint8_t seen[OWN4_WORDS * 64] = {0};
	unsigned max = 0;

	for (uint32_t i = 0; i < 4096; i++) {
		uint32_t bit = own4_bit(rte_cpu_to_be_32(0x0a000000 + i * 256));

		assert_in_range(bit, 0, OWN4_WORDS * 64 - 1);
		seen[bit]++;
		max = seen[bit] > max ? seen[bit] : max;
	}
	assert_true(max < 16);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_halves_agree), TEST(changes_reach_both_halves),
		TEST(names_and_room),    TEST(ids_are_used_again),
		TEST(addresses),         TEST(filter_bits_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
