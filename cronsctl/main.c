/*
 * cronsctl: options -> a row of command.h -> its function. A run of it is one
 * session; its exit status is that of the function, and if what it said could
 * not be written, that is an error too. Called as crontab, it is crontab(1).
 */
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "command.h"
#include "complain.h"
#include "crontab1.h"
#include "help.h"
#include "interrupt.h"
#include "session.h"
#include "share/verbs.h"

/* Without a locale (cron, ssh) text is UTF-8 all the same. */
static void
set_locale(void)
{
	if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1)
		setlocale(LC_CTYPE, "C.UTF-8");
}

/* Everything that was said must have arrived: 0, or the exit status. */
static int
close_stdout(void)
{
	int failed = ferror(stdout);

	if (fflush(stdout) != 0)
		failed = 1;
	if (!failed)
		return 0;
	if (errno != EPIPE)
		fprintf(stderr, "cronsctl: standard output: %s\n",
		    strerror(errno));
	return 1;
}

static int
act(struct session *s)
{
	const char *zone = session_option(s, OPTION_TZ);
	struct fault f;

	if (session_option(s, OPTION_VERSION) != NULL) {
		printf("cronsctl %s (protocol %d)\n", CRONS_VERSION,
		    PROTO_VERSION);
		return 0;
	}
	if (session_option(s, OPTION_HELP) != NULL) {
		help_print(s->args.word_count == 0 && s->args.verb_at == 0
			? NULL
			: s->args.command);
		return 0;
	}
	if (session_option(s, OPTION_UTC) != NULL)
		zone = "UTC";
	if (view_init(&s->view, zone, &f) != ERR_NONE)
		return session_fail(s, &f);
	if (session_read_times(s, &f) != ERR_NONE)
		return session_fail(s, &f);
	s->view.json = session_option(s, OPTION_JSON) != NULL;
	s->view.quiet = session_option(s, OPTION_QUIET) != NULL;
	return s->args.command->act(s);
}

/* Of a command line that is not understood: what a program would have said. */
static bool
wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0
		    || strcmp(argv[i], "-j") == 0)
			return true;
	return false;
}

static int
run_session(int argc, char **argv)
{
	struct session session = { 0 };
	struct complaint about = { 0 };
	struct fault f;
	int status;

	if (args_parse(&session.args, argc, argv, &f) != ERR_NONE) {
		if (session.args.command != NULL)
			about.verb = session.args.command->word;
		about.json = wants_json(argc, argv);
		status = complain(&about, &f);
	} else
		status = act(&session);
	call_free(session.call);
	view_fini(&session.view);
	args_fini(&session.args);
	return status;
}

int
main(int argc, char **argv)
{
	int status, written;

	set_locale();
	interrupt_init();
	status = crontab1_is_name(argv[0]) ? crontab1_main(argc, argv)
					   : run_session(argc, argv);
	written = close_stdout();
	return status != 0 ? status : written;
}
