#include "verb.h"
enum verb_status verb_import(struct request *r) { return reply_err(r, ERR_BAD_REQUEST, "", "not yet"); }
