/* `cronsctl next --batch` alone, for tests of schedules without the client. */
#include "../../share/batch.h"

int
main(void)
{
	batch_next(stdin, stdout);
	return 0;
}
