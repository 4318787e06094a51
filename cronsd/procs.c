/*
 * A look at /proc is a list of (pid, parent, start) in memory mapped for it,
 * and a bit per pid for "is meant". A chosen process is meant, and so is each
 * whose parent is; the list is gone through until nothing is added.
 *
 * A pid may die and be given to a stranger between the look and the signal.
 * So a process is signalled through a pidfd, and only if, with the pidfd
 * open, its start time is still the one that was seen.
 *
 * Killing in the order found loses against a fork bomb: each death makes room
 * for a child that was not seen. Stopped processes neither fork nor die, so
 * the rounds of SIGSTOP get ahead of any that has a limit, and then one round
 * of SIGKILL ends all.
 */
#include "procs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spool_text.h"

#define PROCS_MAX (1 << 18)
#define PID_LIMIT (1 << 22) /* the kernel's own */
#define STOP_ROUNDS 30

struct look {
	size_t count;
	uint8_t meant[PID_LIMIT / 8];
	uint8_t spared[PID_LIMIT / 8];
	struct proc list[PROCS_MAX];
};

static bool
has_bit(const uint8_t *bits, pid_t pid)
{
	return pid > 0 && pid < PID_LIMIT && (bits[pid / 8] >> pid % 8 & 1);
}

static void
set_bit(uint8_t *bits, pid_t pid)
{
	if (pid > 0 && pid < PID_LIMIT)
		bits[pid / 8] |= (uint8_t)(1 << pid % 8);
}

/* ---- /proc ---- */

ssize_t
procs_read(pid_t pid, const char *file, char *text, size_t cap)
{
	char path[64];
	struct spool_text name = spool_text(path, sizeof path);
	ssize_t n = 0, got;
	int fd;

	spool_put(&name, "/proc/");
	spool_put_number(&name, pid);
	spool_put(&name, "/");
	spool_put(&name, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	while (n < (ssize_t)cap - 1
	    && (got = read(fd, text + n, cap - 1 - (size_t)n)) > 0)
		n += got;
	close(fd);
	text[n] = '\0';
	return n;
}

int
procs_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == -1 ? -1 : 0;
}

static uint64_t
number_at(const char *at)
{
	uint64_t n = 0;

	while (*at >= '0' && *at <= '9')
		n = n * 10 + (uint64_t)(*at++ - '0');
	return n;
}

/* Fields of stat: pid (name) state parent group session ... start is 22nd.
 * The name may hold anything, so they are counted from the last ')'. */
bool
procs_find(pid_t pid, struct proc *proc)
{
	char text[512];
	const char *at;

	if (procs_read(pid, "stat", text, sizeof text) <= 0
	    || (at = strrchr(text, ')')) == NULL || at[1] != ' ')
		return false;
	at += 2;
	*proc = (struct proc) { .pid = pid, .state = *at };
	for (int field = 4; field <= 22; field++) {
		at = strchr(at, ' ');
		if (at == NULL)
			return false;
		at++;
		if (field == 4)
			proc->parent = (pid_t)number_at(at);
		if (field == 6)
			proc->session = (pid_t)number_at(at);
	}
	proc->start = number_at(at);
	return true;
}

/* struct linux_dirent64: inode, offset, u16 length at 16, name at 19. */
static void
add_entries(struct look *look, const char *entries, long bytes)
{
	uint16_t len;

	for (long at = 0; at < bytes; at += len) {
		const char *name = entries + at + 19;

		memcpy(&len, entries + at + 16, sizeof len);
		if (*name >= '1' && *name <= '9' && look->count < PROCS_MAX
		    && procs_find((pid_t)number_at(name),
			&look->list[look->count]))
			look->count++;
	}
}

static int
read_all(struct look *look)
{
	char entries[4096];
	long n;
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	look->count = 0;
	memset(look->meant, 0, sizeof look->meant);
	memset(look->spared, 0, sizeof look->spared);
	while ((n = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0)
		add_entries(look, entries, n);
	close(fd);
	return n == 0 ? 0 : -1;
}

/* ---- who is meant ---- */

static void
spare_ancestors(struct look *look)
{
	pid_t spared = getpid();

	set_bit(look->spared, spared);
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < look->count; i++)
			if (look->list[i].pid == spared) {
				spared = look->list[i].parent;
				set_bit(look->spared, spared);
				more = spared > 0;
				break;
			}
	}
}

static bool
is_meant(const struct procs_choice *choice, const struct look *look,
    const struct proc *proc)
{
	if (has_bit(look->spared, proc->pid))
		return false;
	return has_bit(look->meant, proc->parent)
	    || (choice->below != 0 && proc->parent == choice->below)
	    || (choice->is_chosen != NULL
		&& choice->is_chosen(choice->arg, proc));
}

static int
take_look(const struct procs_choice *choice, struct look *look)
{
	bool more = true;

	if (read_all(look) == -1)
		return -1;
	spare_ancestors(look);
	while (more) {
		more = false;
		for (size_t i = 0; i < look->count; i++) {
			const struct proc *proc = &look->list[i];

			if (has_bit(look->meant, proc->pid)
			    || !is_meant(choice, look, proc))
				continue;
			set_bit(look->meant, proc->pid);
			more = true;
		}
	}
	return 0;
}

/* ---- signals ---- */

static bool
signal_one(const struct proc *seen, int signal)
{
	struct proc now;
	int fd = (int)syscall(SYS_pidfd_open, seen->pid, 0);
	bool sent;

	if (fd == -1)
		return false;
	sent = procs_find(seen->pid, &now) && now.start == seen->start
	    && syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0;
	close(fd);
	return sent;
}

/* Signals those that are meant and not in one of the states to skip. */
static int
signal_meant(const struct look *look, int signal, const char *skip)
{
	int count = 0;

	for (size_t i = 0; i < look->count; i++) {
		const struct proc *proc = &look->list[i];

		if (has_bit(look->meant, proc->pid)
		    && strchr(skip, proc->state) == NULL
		    && signal_one(proc, signal))
			count++;
	}
	return count;
}

static struct look *
open_look(void)
{
	void *memory = mmap(NULL, sizeof(struct look), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

int
procs_signal(const struct procs_choice *choice, int signal)
{
	struct look *look = open_look();
	int count = -1;

	if (look == NULL)
		return -1;
	if (take_look(choice, look) == 0)
		count = signal_meant(look, signal, "ZX");
	munmap(look, sizeof *look);
	return count;
}

int
procs_kill(const struct procs_choice *choice)
{
	struct look *look = open_look();
	int count = -1, fresh = 1;

	if (look == NULL)
		return -1;
	for (int round = 0; fresh > 0 && round < STOP_ROUNDS; round++) {
		if (take_look(choice, look) == -1)
			goto out;
		fresh = signal_meant(look, SIGSTOP, "TtZX");
	}
	count = signal_meant(look, SIGKILL, "ZX");
out:
	munmap(look, sizeof *look);
	return count;
}
