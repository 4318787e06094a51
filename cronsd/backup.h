/*
 * backup: copies of main.db beside it, in backup/main-<time>.db, the newest
 * three. It does not know when to make one or what is in it.
 */
#ifndef CRONSD_BACKUP_H
#define CRONSD_BACKUP_H

/* Copies online, checks the copy, then gives it its name; older than the
 * newest three go. 0 or -1 (logged). For a worker. */
int backup_make(const char *state_dir, const char *main_path);

/* Path of the newest backup, yours to free; NULL if there is none. */
char *backup_newest(const char *state_dir);

/* Makes main_path from a backup; 0 or -1. */
int backup_use(const char *backup, const char *main_path);

#endif
