/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The schema: one table for each kind of mapping, one line for each key. A line says how the value
 * is read (one of the schema_read functions, or the table's own), where it goes, what holds without
 * it and what it is for. sluice.yaml(5) is made from the tables.
 *
 * Nothing but the tables knows a key's name; nothing but the read functions knows YAML's kinds.
 */
#ifndef SLUICE_CONFIG_SCHEMA_H
#define SLUICE_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flag.h"
#include "reader.h"

struct schema_key;

/* Read the node into base + key->offset. 0, or refused with a sentence. What was stored before a
 * refusal is freed with the rest of the result. */
typedef int (*schema_read_fn)(struct reader *r, int node, const struct schema_key *key, void *base);

struct schema_key {
	const char *name; /* NULL ends a table */
	schema_read_fn read;
	size_t offset, size; /* of the field in its struct, bytes */
	uint64_t min, max;   /* of an integer's value, a text's bytes, a list's items */
	bool required;
	bool or_zero; /* an integer may be 0 too, whatever min is */
	size_t has;   /* offset of a bool that tells the key was there; 0: no such */
	size_t count; /* lists: offset of the unsigned with the number of items */
	const struct schema_key *item; /* lists: how each item is read; its offset is 0 */
	const struct schema_key *keys; /* mappings: the table of what stands in it */
	const char *const *words;      /* of an enum: each at the place of its value, then NULL */
	const struct flag *flags;      /* of a list of words: each with its bit */
	/* What an optional key is without its line in the file: a value, false and the first word
	 * too, or a text. For what is no constant `otherwise` says it in words. */
	uint64_t by_default;
	const char *text_by_default;
	const char *otherwise;
	const char *value; /* what stands there, where the read function is the table's own */
	/* What the key is for: a sentence or more, in ASCII, without the last full stop. */
	const char *help;
};

#define SCHEMA_MAX_KEYS 32 /* in one table, with the line that ends it */
#define SCHEMA_NO_LIMIT UINT32_MAX

#define SCHEMA_SIZEOF(type, member) sizeof(((struct type *)NULL)->member)
#define SCHEMA_FIELD(type, member) \
	.offset = offsetof(struct type, member), .size = SCHEMA_SIZEOF(type, member)
/* A list: an allocated array and its count. Like SCHEMA_FIELD, min and max may follow. */
#define SCHEMA_LIST(type, member, n_member, item_key) \
	.count = offsetof(struct type, n_member), .item = (item_key), SCHEMA_FIELD(type, member)

static inline void *schema_field(const struct schema_key *key, void *base)
{
	return (char *)base + key->offset;
}

/* Store into the field, of which the key tells the size. */
void schema_store_uint(const struct schema_key *key, void *base, uint64_t value);

/* Collections. An item is a mapping whose struct begins with `int line`; a section is a mapping
 * whose keys go into the struct around it, a struct one that has a struct of its own there. */
int schema_read_section(struct reader *r, int node, const struct schema_key *key, void *base);
int schema_read_struct(struct reader *r, int node, const struct schema_key *key, void *base);
int schema_read_item(struct reader *r, int node, const struct schema_key *key, void *base);
int schema_read_list(struct reader *r, int node, const struct schema_key *key, void *base);

/* Make room for n items of the list, zeroed, and set its count. */
int schema_alloc_list(struct reader *r, const struct schema_key *key, void *base, unsigned n,
		      void **items);

/* Give the fields of all keys of the table and its sections, which are zero, their defaults. 0, or
 * refused: no memory. */
int schema_set_defaults(struct reader *r, const struct schema_key *keys, void *base);

/* The text of a scalar, or NULL if the node is a collection (nothing is refused yet). */
const char *schema_scalar(struct reader *r, int node);

/* A list of words of key->flags, each once, into a uint64_t that has their bits. */
int schema_read_flags(struct reader *r, int node, const struct schema_key *key, void *base);

/* Write what stands behind the key, for people: "an integer from 1 to 256". */
void schema_value(const struct schema_key *key, char *buf, size_t size);

/* Scalars: unsigned integers of the field's size; true or false; one of the key's words into an
 * enum; text into the heap; a name into a char array; addresses. */
int schema_read_uint(struct reader *r, int node, const struct schema_key *key, void *base);
int schema_read_bool(struct reader *r, int node, const struct schema_key *key, void *base);
int schema_read_word(struct reader *r, int node, const struct schema_key *key, void *base);
int schema_read_text(struct reader *r, int node, const struct schema_key *key, void *base);
int schema_read_name(struct reader *r, int node, const struct schema_key *key, void *base);
int schema_read_addr(struct reader *r, int node, const struct schema_key *key, void *base);
int schema_read_mac(struct reader *r, int node, const struct schema_key *key, void *base);
/* A prefix that an interface has (unicast, with host bits), and one that a route leads to (none).
 */
int schema_read_address(struct reader *r, int node, const struct schema_key *key, void *base);
int schema_read_prefix(struct reader *r, int node, const struct schema_key *key, void *base);

#endif
