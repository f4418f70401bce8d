/*
 * owns:     the two formulas between the weights of cgroup v1 and v2
 * may use:  nothing
 * must not: need libm: loading it costs every start more than these lines
 */
#include "runtime/plan/limits.h"

/* The natural logarithm for x in [1, 2): the series of the area tangent, which needs no reduction.
 */
static double log_1_2(double x)
{
	double s = (x - 1) / (x + 1), power = s, sum = 0;
	int i;

	for (i = 1; i < 60; i += 2, power *= s * s)
		sum += power / i;
	return 2 * sum;
}

static double log_2(uint64_t n)
{
	const double ln2 = 0.69314718055994530942;
	int whole = 63 - __builtin_clzll(n);

	return whole + log_1_2((double)n / (double)(1ULL << whole)) / ln2;
}

/* 10^x for x in [0, 4]. */
static double pow_10(double x)
{
	const double ln10 = 2.30258509299404568402;
	int whole = (int)x, i;
	double y = (x - whole) * ln10, term = 1, sum = 1;

	for (i = 1; i < 40; i++)
		sum += term *= y / i;
	while (whole--)
		sum *= 10;
	return sum;
}

/*
 * The quadratic through (2, 1), (1024, 100) and (262144, 10000) in logarithms that the peers
 * settled on in 2025; the linear map before it gave the default of 1024 shares a weight of 39.
 */
uint64_t limits_cpu_weight(uint64_t shares)
{
	double l, weight;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log_2(shares);
	weight = pow_10((l * l + 125 * l) / 612.0 - 7.0 / 34.0);
	return (uint64_t)weight + ((double)(uint64_t)weight < weight - 1e-9);
}

uint64_t limits_io_weight(uint64_t weight)
{
	if (weight < 10)
		return 1;
	return weight >= 1000 ? 10000 : 1 + (weight - 10) * 9999 / 990;
}
