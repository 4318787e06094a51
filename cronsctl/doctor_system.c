/* What the machine gives: its clock, its zone, a mailer. */
#include "doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include "session.h"
#include "share/errs.h"
#include "share/tz.h"

#define SENDMAIL "/usr/sbin/sendmail"
#define SETTING_OUT 1767225600 /* 2026: no clock is right before that */

void
doctor_check_CLOCK(struct doctor *doc, struct diagnosis *d)
{
	struct timex state = { 0 };
	int64_t now = doc->s->view.now.us / SECOND_US;

	if (now < SETTING_OUT) {
		doctor_say(d, FINDING_WRONG, "it is not set");
		doctor_advise(d, "set it, and have it follow a time server");
		return;
	}
	if (adjtimex(&state) == TIME_ERROR
	    && (state.status & STA_UNSYNC) != 0) {
		doctor_say(d, FINDING_NOTE, "it follows no time server");
		doctor_advise(d, "run chrony, ntpd or systemd-timesyncd, "
				 "unless the host looks after it");
	} else {
		doctor_say(d, FINDING_OK, "it is set");
	}
}

/* /etc/localtime as a link says a name; so may /etc/timezone. */
static void
compare_names(struct diagnosis *d)
{
	char target[4096], *name, said[256] = "";
	ssize_t len = readlink("/etc/localtime", target, sizeof target - 1);
	FILE *file = fopen("/etc/timezone", "re");

	if (file != NULL) {
		if (fgets(said, sizeof said, file) == NULL)
			said[0] = '\0';
		fclose(file);
	}
	said[strcspn(said, "\n")] = '\0';
	target[len < 0 ? 0 : len] = '\0';
	name = strstr(target, "zoneinfo/");
	if (name == NULL || said[0] == '\0')
		return;
	name += strlen("zoneinfo/");
	if (strcmp(name, said) == 0)
		return;
	doctor_say(d, FINDING_NOTE,
	    "/etc/localtime is %s, /etc/timezone says %.80s", name, said);
	doctor_advise(d, "the former counts; dpkg-reconfigure tzdata sets "
			 "both");
}

void
doctor_check_ZONE(struct doctor *doc, struct diagnosis *d)
{
	struct fault f;
	struct tz *zone = tz_open("", &f);
	int64_t now = doc->s->view.now.us / SECOND_US;

	if (zone == NULL && access("/etc/localtime", F_OK) != 0) {
		doctor_say(d, FINDING_NOTE, "there is no /etc/localtime: UTC");
		return;
	}
	if (zone == NULL) {
		doctor_say(d, FINDING_WRONG, "%s", f.text);
		doctor_advise(d, "make /etc/localtime a link to a file of "
				 "/usr/share/zoneinfo");
		return;
	}
	doctor_say(
	    d, FINDING_OK, "%s now", tz_abbreviation(zone, now));
	compare_names(d);
	tz_free(zone);
}

void
doctor_check_MAILER(struct doctor *doc, struct diagnosis *d)
{
	(void)doc;
	if (access(SENDMAIL, X_OK) == 0) {
		doctor_say(d, FINDING_OK, "%s", SENDMAIL);
		return;
	}
	doctor_say(d, FINDING_NOTE,
	    "there is no %s: no job's output is mailed; it is in cronsctl "
	    "logs",
	    SENDMAIL);
	doctor_advise(d, "if mail is wanted: install an MTA");
}
