/*
 * completion: scripts for shells, from the tables of verbs, options and fields.
 * zsh reads bash's. Names of jobs are asked for when they are wanted.
 */
#include <stdio.h>
#include <string.h>

#include "session.h"
#include "share/buf.h"
#include "share/job.h"

#define JOBS \
	"cronsctl list --json 2>/dev/null | " \
	"sed -n 's/.*\"job\":\"\\([^\"]*\\)\".*/\\1/p'"

static bool
takes_job(const struct command *c)
{
	return strstr(c->words, "JOB") != NULL;
}

static bool
takes_file(const struct command *c)
{
	return strstr(c->words, "FILE") != NULL;
}

/* All options of a verb, and fields of a job if it takes them, by each. */
static void
each_option(const struct command *c, struct buf *out,
    void (*put)(struct buf *out, const struct command *c,
	const struct option_row *row))
{
	for (int i = 0; i < OPTION_COUNT; i++)
		if (command_takes(c, (enum option)i))
			put(out, c, option_row((enum option)i));
	for (int i = 0; i < JOB_FIELD_COUNT && command_has_rest(c); i++) {
		const struct job_row *field = job_row((enum job_field)i);
		struct option_row row = { .name = field->key,
			.arg = field->kind == KIND_BOOL ? "" : "VALUE",
			.keys = "",
			.help = field->help };

		put(out, c, &row);
	}
}

static void
put_bash_option(struct buf *out, const struct command *c,
    const struct option_row *row)
{
	(void)c;
	buf_printf(out, " --%s", row->name);
}

static void
put_bash(struct buf *out)
{
	buf_puts(out,
	    "# cronsctl: completion for bash and zsh\n"
	    "_cronsctl()\n{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} verb='' words='' i\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tcase ${COMP_WORDS[i]} in\n\t\t--) return ;;\n\t\t-*) ;;\n"
	    "\t\t*) verb=${COMP_WORDS[i]}; break ;;\n\t\tesac\n\tdone\n"
	    "\tcase $verb in\n\t'') words='");
	for (size_t i = 0; command_row(i) != NULL; i++)
		buf_printf(out, " %s", command_row(i)->word);
	buf_puts(out, "' ;;\n");
	for (size_t i = 0; command_row(i) != NULL; i++) {
		const struct command *c = command_row(i);

		buf_printf(out, "\t%s) words='", c->word);
		each_option(c, out, put_bash_option);
		buf_puts(out, "'");
		if (takes_job(c))
			buf_puts(out, "\n\t\t[[ $cur == -* ]] ||"
				      " words=$(" JOBS ")");
		if (takes_file(c))
			buf_puts(out,
			    "\n\t\t[[ $cur == -* ]] || compopt -o default");
		buf_puts(out, " ;;\n");
	}
	buf_puts(out,
	    "\tesac\n"
	    "\t# shellcheck disable=SC2207\n"
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
	    "complete -F _cronsctl cronsctl\n");
}

/* In single quotes, for fish. */
static void
put_quoted(struct buf *out, const char *text)
{
	buf_putc(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
	buf_putc(out, '\'');
}

static void
put_fish_option(struct buf *out, const struct command *c,
    const struct option_row *row)
{
	buf_printf(out,
	    "complete -c cronsctl -n '__fish_seen_subcommand_from %s' -l %s",
	    c->word, row->name);
	if (row->letter != 0)
		buf_printf(out, " -s %c", row->letter);
	buf_puts(out, row->arg[0] != '\0' ? " -x -d " : " -d ");
	put_quoted(out, row->help);
	buf_putc(out, '\n');
}

static void
put_fish(struct buf *out)
{
	buf_puts(out, "# cronsctl: completion for fish\n"
		      "complete -c cronsctl -f\n");
	for (size_t i = 0; command_row(i) != NULL; i++) {
		const struct command *c = command_row(i);

		buf_printf(out,
		    "complete -c cronsctl -n __fish_use_subcommand -a %s -d ",
		    c->word);
		put_quoted(out, command_sentence(c));
		buf_putc(out, '\n');
		if (takes_job(c))
			buf_printf(out,
			    "complete -c cronsctl -n"
			    " '__fish_seen_subcommand_from %s'"
			    " -a \"(%s)\"\n",
			    c->word,
			    "cronsctl list --json 2>/dev/null |"
			    " string replace -rf '.*\\\"job\\\":\\\""
			    "([^\\\"]*)\\\".*' '\\$1'");
		if (takes_file(c))
			buf_printf(out,
			    "complete -c cronsctl -n"
			    " '__fish_seen_subcommand_from %s' -F\n",
			    c->word);
		each_option(c, out, put_fish_option);
	}
}

int
command_completion(struct session *s)
{
	const char *shell = s->args.word[0];
	struct buf out = BUF_EMPTY;
	struct fault f;

	if (strcmp(shell, "zsh") == 0)
		buf_puts(&out,
		    "autoload -U +X bashcompinit && bashcompinit\n");
	if (strcmp(shell, "bash") == 0 || strcmp(shell, "zsh") == 0)
		put_bash(&out);
	else if (strcmp(shell, "fish") == 0)
		put_fish(&out);
	else {
		fault_set(&f, ERR_BAD_VALUE, "",
		    "\"%.40s\" is none of bash, zsh and fish", shell);
		return session_fail(s, &f);
	}
	fputs(buf_text(&out), stdout);
	buf_fini(&out);
	return 0;
}
