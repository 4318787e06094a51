/*
 * boot: which life of the machine, or of the container, this is. It does not
 * know what is done once in each.
 */
#ifndef CRONSD_BOOT_H
#define CRONSD_BOOT_H

struct self;

/*
 * Fills self->boot, self->life and self->cron_ran. A life is the kernel's boot
 * id and the instant at which process 1 of our namespace was started: a
 * container that is started again has a new life on the same kernel, whatever
 * of its files survived.
 */
void boot_read(struct self *self);

#endif
