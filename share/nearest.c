/* Optimal string alignment over three rows of a table; short words only. */
#include "nearest.h"

#include <string.h>

#define MOST 64

static int
least(int a, int b)
{
	return a < b ? a : b;
}

int
nearest_distance(const char *a, const char *b)
{
	int row[3][MOST + 1];
	int la = (int)strnlen(a, MOST), lb = (int)strnlen(b, MOST);

	if (la >= MOST || lb >= MOST)
		return MOST;
	for (int j = 0; j <= lb; j++)
		row[0][j] = j;
	for (int i = 1; i <= la; i++) {
		int *now = row[i % 3], *up = row[(i + 2) % 3];
		const int *upup = row[(i + 1) % 3];

		now[0] = i;
		for (int j = 1; j <= lb; j++) {
			int cost = a[i - 1] != b[j - 1];

			now[j] = least(least(up[j], now[j - 1]) + 1,
			    up[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2]
			    && a[i - 2] == b[j - 1])
				now[j] = least(now[j], upup[j - 2] + 1);
		}
	}
	return row[la % 3][lb];
}

int
nearest_is_near(const char *word, const char *known)
{
	int most = (int)strnlen(known, MOST) > 4 ? 2 : 1;

	return nearest_distance(word, known) <= most;
}
