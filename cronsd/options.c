/* getopt_long, and which file is read. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "conf.h"
#include "places.h"
#include "share/buf.h"
#include "share/errs.h"
#include "share/log.h"
#include "share/verbs.h"

static const char usage[]
    = "usage: cronsd [-fv] [--state DIR] [--config FILE] [--ready-fd N]\n"
      "  -f, --foreground   stay in the foreground\n"
      "  -v, --verbose      say more on standard error\n"
      "      --state DIR    everything below DIR (socket DIR/cronsd.sock)\n"
      "      --config FILE  settings, see cronsd.conf(5)\n"
      "      --ready-fd N   write a newline to N when ready\n"
      "  -V, --version      print the version\n";

static void
take_option(struct options *o, int letter)
{
	const char *why;

	switch (letter) {
	case 'f':
		o->foreground = true;
		break;
	case 'v':
		o->verbose = true;
		break;
	case 's':
		o->state = optarg;
		break;
	case 'c':
		o->config = optarg;
		break;
	case 'r':
		o->ready_fd = (int)strtonum(optarg, 0, 1 << 20, &why);
		if (why == NULL)
			break;
		log_warn("--ready-fd %s is %s", optarg, why);
		exit(2);
	case 'V':
		puts("cronsd " CRONS_VERSION);
		exit(0);
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

void
options_read(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "foreground", no_argument, NULL, 'f' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "state", required_argument, NULL, 's' },
		{ "config", required_argument, NULL, 'c' },
		{ "ready-fd", required_argument, NULL, 'r' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	o->ready_fd = -1;
	while ((letter = getopt_long(argc, argv, "fvVh", known, NULL)) != -1)
		take_option(o, letter);
	if (optind < argc) {
		log_warn("nothing is known of the word \"%s\"", argv[optind]);
		fputs(usage, stderr);
		exit(2);
	}
}

bool
options_conf(const struct options *o, bool system, struct conf *conf)
{
	const char *path = o->config;
	struct fault f;
	struct buf text = BUF_EMPTY;
	bool may_miss = path == NULL;

	if (path == NULL && (o->state != NULL || !system)) {
		conf_init(conf);
		return true;
	}
	if (path == NULL)
		path = PLACES_CONF;
	if (conf_read(path, conf, &f) == ERR_NONE)
		return true;
	if (f.err == ERR_NOT_FOUND && may_miss) {
		conf_init(conf);
		return true;
	}
	conf_print_fault(path, &f, &text);
	log_warn("%s", buf_text(&text));
	buf_fini(&text);
	return false;
}
