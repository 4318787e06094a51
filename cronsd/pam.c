/*
 * crons-pam: holds a PAM session while a job runs in it. It is a program of
 * its own, because PAM's modules are shared objects that may do anything and
 * take any time: neither the daemon nor the static shim loads one.
 *
 * The shim executes it as root in the job's place. It asks PAM whether the
 * account may be used, opens the session, and forks the job, which gives up
 * root here, in the order and with the checks of shim_child. The job is the
 * leader of a session of its own, as it would be without us. We wait for it,
 * pass on the signals that the shim sends to us, close the session and end as
 * the job did.
 *
 * Descriptor 3 is the shim's status pipe: whoever fails before the job is
 * executed writes a stage and an errno there; that it is closed by an exec
 * says that the job runs.
 *
 * The job's environment is the user's, and we are root: so each variable
 * comes with a + in front, which no library knows, and is the job's only. Its
 * lines replace what PAM says (pam_env), as under Debian's cron.
 *
 * A signal that comes while the session is being opened ends us, and so the
 * run: a module that hangs is the time limit's business. Where the shim would
 * send KILL it tells us to kill the job (SPOOL_HELPER_KILL): so the session is
 * closed then, too. Only if that takes longer than some seconds, or the shim
 * itself was killed, are we; then nobody closes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim_child.h"
#include "spool.h"

#define STATUS_FD 3
#define WORDS 9 /* the least; what they are stands in spec.c */

extern char **environ;

struct job {
	const char *service, *user, *directory, *shell;
	uid_t uid;
	gid_t gid;
	bool may_fail; /* the directory need not be there */
	char **words; /* a command line, or the job's own words */
	char **env;
	pid_t helper;
};

static _Noreturn void
give_up(enum stage stage, int error)
{
	struct shim_fault fault = { (int32_t)stage, error };

	if (write(STATUS_FD, &fault, sizeof fault) != sizeof fault)
		_exit(2);
	_exit(1);
}

/* What PAM said, to where the job would have written, and to the shim. */
static _Noreturn void
refuse(pam_handle_t *pam, const char *what, int got)
{
	fprintf(stderr, "crons-pam: %s: %s\n", what, pam_strerror(pam, got));
	fflush(stderr);
	pam_end(pam, got);
	give_up(STAGE_PAM, EACCES);
}

/* Nobody is there to be asked. */
static int
converse(int count, const struct pam_message **messages,
    struct pam_response **answers, void *arg)
{
	(void)count;
	(void)messages;
	(void)answers;
	(void)arg;
	return PAM_CONV_ERR;
}

/*
 * Groups come before the credentials, which may add to them (pam_group), and
 * both before the session, whose modules may look at them.
 */
static pam_handle_t *
open_session(const struct job *job)
{
	static const struct pam_conv nobody = { converse, NULL };
	pam_handle_t *pam = NULL;
	int got = pam_start(job->service, job->user, &nobody, &pam);

	if (got != PAM_SUCCESS)
		give_up(STAGE_PAM, ENOSYS);
	pam_set_item(pam, PAM_TTY, "cron");
	got = pam_acct_mgmt(pam, PAM_SILENT);
	if (got != PAM_SUCCESS)
		refuse(pam, "the account may not be used", got);
	if (initgroups(job->user, job->gid) == -1)
		give_up(STAGE_GROUPS, errno);
	got = pam_setcred(pam, PAM_ESTABLISH_CRED | PAM_SILENT);
	if (got != PAM_SUCCESS)
		refuse(pam, "no credentials", got);
	got = pam_open_session(pam, PAM_SILENT);
	if (got != PAM_SUCCESS)
		refuse(pam, "no session", got);
	return pam;
}

/* ---- the job ---- */

static void
put_line(char **env, size_t *count, char *line)
{
	size_t name = strcspn(line, "=") + 1;

	for (size_t i = 0; i < *count; i++)
		if (strncmp(env[i], line, name) == 0) {
			env[i] = line;
			return;
		}
	env[(*count)++] = line;
}

/* PAM's variables, then the job's, which replace them. */
static char **
make_env(pam_handle_t *pam, char **lines)
{
	char **given = pam_getenvlist(pam), **env;
	size_t room = 1, count = 0;

	for (size_t i = 0; given != NULL && given[i] != NULL; i++)
		room++;
	for (size_t i = 0; lines[i] != NULL; i++)
		room++;
	env = calloc(room, sizeof *env);
	if (env == NULL)
		give_up(STAGE_PAM, ENOMEM);
	for (size_t i = 0; given != NULL && given[i] != NULL; i++)
		put_line(env, &count, given[i]);
	for (size_t i = 0; lines[i] != NULL; i++)
		if (lines[i][0] == '+')
			put_line(env, &count, lines[i] + 1);
	return env;
}

static void
drop_root(const struct job *job)
{
	uid_t uid[3];
	gid_t gid[3];

	if (setresgid(job->gid, job->gid, job->gid) == -1)
		give_up(STAGE_GID, errno);
	if (setresuid(job->uid, job->uid, job->uid) == -1)
		give_up(STAGE_UID, errno);
	if (getresuid(&uid[0], &uid[1], &uid[2]) == -1
	    || getresgid(&gid[0], &gid[1], &gid[2]) == -1)
		give_up(STAGE_REGAIN, errno);
	for (int i = 0; i < 3; i++)
		if (uid[i] != job->uid || gid[i] != job->gid)
			give_up(STAGE_REGAIN, EPERM);
	if (job->uid != 0
	    && (setresuid((uid_t)-1, 0, (uid_t)-1) == 0 || setuid(0) == 0
		|| setgroups(0, NULL) == 0))
		give_up(STAGE_REGAIN, EPERM);
}

static void
reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
execute(const struct job *job)
{
	char dash_c[] = "-c";
	char *shell = (char *)(uintptr_t)job->shell;
	char *argv[] = { shell, dash_c, job->words[0], NULL };

	environ = job->env;
	if (*shell != '\0')
		execv(shell, argv);
	else
		execvp(job->words[0], job->words);
}

static _Noreturn void
be_job(const struct job *job)
{
	if (setsid() == -1)
		give_up(STAGE_SETSID, errno);
	drop_root(job);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1
	    || getppid() != job->helper)
		_exit(1);
	if (chdir(job->directory) == -1 && !job->may_fail)
		give_up(STAGE_CHDIR, errno);
	reset_signals();
	close_range(STATUS_FD + 1, ~0u, 0);
	execute(job);
	give_up(STAGE_EXEC, errno);
}

/* ---- while it runs ---- */

static int
wait_for(pid_t pid, const sigset_t *all)
{
	for (;;) {
		siginfo_t info = { 0 };
		int status, number = sigwaitinfo(all, &info);

		if (number == SPOOL_HELPER_SIGNAL && info.si_code == SI_QUEUE
		    && info.si_value.sival_int == SPOOL_HELPER_KILL)
			number = SIGKILL;
		if (number == SIGCHLD
		    && waitpid(pid, &status, WNOHANG) == pid)
			return status;
		if (number > 0 && number != SIGCHLD
		    && kill(-pid, number) == -1)
			kill(pid, number); /* not its session's leader yet */
	}
}

/* The pipes belong to the job: it may close them before it ends. */
static void
let_go(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(STATUS_FD);
}

static _Noreturn void
end_as(int status)
{
	static const struct rlimit no_core;
	sigset_t one;

	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	setrlimit(RLIMIT_CORE, &no_core);
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	sigemptyset(&one);
	sigaddset(&one, WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	_exit(128 + WTERMSIG(status));
}

static void
read_words(struct job *job, char **argv)
{
	job->service = argv[1];
	job->user = argv[2];
	job->uid = (uid_t)strtoul(argv[3], NULL, 10);
	job->gid = (gid_t)strtoul(argv[4], NULL, 10);
	job->may_fail = strcmp(argv[5], "may-fail") == 0;
	job->directory = argv[6];
	job->shell = argv[7];
	job->words = argv + 8;
}

int
main(int argc, char **argv)
{
	struct job job = { .helper = getpid() };
	pam_handle_t *pam;
	sigset_t all;
	pid_t pid;
	int status;

	if (argc < WORDS || getuid() != 0
	    || fcntl(STATUS_FD, F_SETFD, FD_CLOEXEC) == -1) {
		fputs("crons-pam: is started by cronsd, not by hand\n",
		    stderr);
		return 2;
	}
	signal(SIGCHLD, SIG_DFL);
	read_words(&job, argv);
	pam = open_session(&job);
	job.env = make_env(pam, environ);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	pid = fork();
	if (pid == 0)
		be_job(&job);
	if (pid == -1)
		give_up(STAGE_FORK, errno);
	let_go();
	status = wait_for(pid, &all);
	pam_close_session(pam, PAM_SILENT);
	pam_setcred(pam, PAM_DELETE_CRED | PAM_SILENT);
	pam_end(pam, PAM_SUCCESS);
	end_as(status);
}
