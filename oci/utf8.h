/*
 * Well-formed UTF-8, strictly (RFC 3629): yajl lets overlong forms and surrogates pass.
 *
 * owns:     nothing
 * may use:  nothing
 * must not: grow
 */
#ifndef RUNDLET_OCI_UTF8_H
#define RUNDLET_OCI_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed character at s, of which n bytes may be read; 0 when there is none. */
static inline size_t utf8_length(const char *s, size_t n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char lead;
	uint32_t c;
	size_t length;

	if (n == 0)
		return 0;
	lead = (unsigned char)s[0];
	if (lead < 0x80)
		return 1;
	length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	if (lead < 0xc0 || lead > 0xf4 || length > n)
		return 0;
	c = lead & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return length;
}

#endif
