/*
 * Tables for people: columns as wide as their widest cell.
 *
 * owns:     the layout
 * may use:  base
 * must not: know what is in them
 */
#ifndef RUNDLET_CMD_TABLE_H
#define RUNDLET_CMD_TABLE_H

#include <stddef.h>

#include "runtime/base/arena.h"

struct table {
	struct arena *a;
	size_t columns;
	const char **cells; /* row after row */
	size_t n, room;
};

/* A table with one row, the heading. */
struct table table_begin(struct arena *a, const char *const *heading, size_t columns);
/* Adds a row; the cells are borrowed, NULL is an empty one. Control characters are shown as \xNN.
 */
void table_row(struct table *t, const char *const *cells);
/* The text, a line a row; the last column is not padded. */
char *table_end(const struct table *t);

#endif
