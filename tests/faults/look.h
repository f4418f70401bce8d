/*
 * What is there: files below a directory, cgroups, mounts. All memory lives as long as the program.
 */
#ifndef RUNDLET_TESTS_FAULTS_LOOK_H
#define RUNDLET_TESTS_FAULTS_LOOK_H

#include <stdbool.h>
#include <stddef.h>

struct names {
	char **v;
	size_t n, room;
};

/* All that is below the directory, sorted. Ends the program when it cannot be read. */
void look_below(struct names *ret, const char *dir);

/* The first name of a that b does not have, or NULL. Both are sorted. */
const char *look_new(const struct names *a, const struct names *b);

/* The path of a cgroup in whose name the word is, or NULL. Valid until the next call. */
const char *look_cgroup(const char *word);

/* Is the word in this process's mount table? */
bool look_mounted(const char *word);

/* The text of a file, at most size - 1 bytes; its length. */
size_t look_text(const char *path, char *buf, size_t size);

/* Frees names. */
void look_free(struct names *names);

#endif
