/*
 * outcome: what a run file's records say, as a row's result. It does not open
 * files or write rows.
 */
#ifndef CRONSD_OUTCOME_H
#define CRONSD_OUTCOME_H

struct run_row;
struct spool_file;

/* EXIT is valid: result, start, end, code, signal, why, and bytes if END is. */
void outcome_read(struct run_row *row, const struct spool_file *file);

/* Only the byte counts of END. */
void outcome_read_bytes(struct run_row *row, const struct spool_file *file);

/* There is no EXIT and never will be; the file, unless it is gone or never was,
 * says in which boot of the host it ran, and boot is this one. */
void outcome_lost(
    struct run_row *row, const struct spool_file *file, const char *boot);

#endif
