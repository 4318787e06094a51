/*
 * places: where this daemon's files lie, made if they are missing, and the
 * locks that keep a second daemon away from them. It does not know what is in
 * them. Whatever cannot be had here ends the process: it just started.
 */
#ifndef CRONSD_PLACES_H
#define CRONSD_PLACES_H

struct conf;
struct self;

#define PLACES_CONF "/etc/crons/cronsd.conf" /* of the system's daemon */

struct places {
	char *socket, *main_path, *out_path, *reserve;
	char *pam; /* path of the helper, which may not be there */
	int lock_fd, listen_fd, shim_fd;
};

/*
 * Fills in paths: below `state` if it is given, else as conf says, else the
 * system's or the user's own. Makes directories; opens the spool
 * (self->spool_fd).
 */
void places_make(struct places *p, struct self *self,
    const struct conf *conf, const char *state);

/*
 * Locks the state directory, whatever sockets are used, then listens (a daemon
 * that answers there is left alone: we end) and opens the shim's binary. In
 * this order no other daemon of the directory can take the socket away.
 */
void places_take(struct places *p, const struct self *self);

/*
 * Clients find a socket by its name, which somebody may have removed: then it
 * is made anew. A descriptor to listen on instead of the last one, which is to
 * be closed; -1: the last one is good still, or nothing can be done (logged).
 */
int places_listen_again(struct places *p, const struct self *self);

/* Makes a directory and those above it. */
void places_make_directory(const char *path, unsigned mode);

/* Binds the socket on which shims tell of ends, in the spool; fatal. */
int places_bind_news(const struct self *self);

#endif
