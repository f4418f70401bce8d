/*
 * Semantic Versioning 2.0.0 (https://semver.org, items 2, 9 and 10).
 *
 * owns:     nothing
 * may use:  base
 * must not: order versions
 */
#include "oci/semver.h"

#include <string.h>

#include "runtime/base/io.h"

#define DIGITS      "0123456789"
#define IDENTIFIERS DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"

static bool is_number(const char *s, size_t n)
{
	return n > 0 && strspn(s, DIGITS) >= n && (n == 1 || *s != '0');
}

/* n bytes of identifiers with dots between them. strict: numbers have no leading zeros. */
static bool is_identifiers(const char *s, size_t n, bool strict)
{
	const char *end = s + n;

	while (s <= end) {
		size_t length = strcspn(s, ".");

		if (length > (size_t)(end - s))
			length = (size_t)(end - s);
		if (length == 0 || strspn(s, IDENTIFIERS) < length)
			return false;
		if (strict && strspn(s, DIGITS) >= length && !is_number(s, length))
			return false;
		s += length + 1;
	}
	return true;
}

bool semver_major(const char *s, uint64_t *ret_major)
{
	uint64_t major = 0;
	size_t length;

	for (int i = 0; i < 3; i++) {
		if (i && *s++ != '.')
			return false;
		length = strspn(s, DIGITS);
		if (!is_number(s, length))
			return false;
		if (i == 0 && !io_parse_u64_n(s, length, UINT64_MAX, &major))
			return false;
		s += length;
	}
	if (*s == '-') {
		length = strcspn(++s, "+");
		if (!is_identifiers(s, length, true))
			return false;
		s += length;
	}
	if (*s == '+' ? !is_identifiers(s + 1, strlen(s + 1), false) : *s != '\0')
		return false;
	*ret_major = major;
	return true;
}
