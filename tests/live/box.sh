# Sourced by what runs in namespaces of its own (unshare -m -p --fork
# --mount-proc --kill-child): lays private directories over those that a cron
# uses, so that nothing of the machine is touched.
# shellcheck shell=bash

# /etc becomes a copy without anything of cron's, with DIR/etc laid over it;
# /run, /var/lib and /var/spool are empty, but for what is in DIR/spool as
# /var/spool/cron; /mnt is DIR/mnt, /dev has a few devices and room for a log.
make_box() # DIR, which has a directory lay
{
	local node place
	mount --make-rprivate /
	mount -t tmpfs -o mode=755 box "$1/lay"
	cd "$1/lay" || exit
	mkdir etc dev dev/shm
	cp -a /etc/. etc
	rm -rf etc/crontab etc/cron.* etc/environment etc/default/locale \
	    etc/localtime etc/timezone etc/crons etc/rc?.d/*cron*
	rm -f etc/systemd/system/*.wants/*cron*
	mkdir etc/cron.d
	[ ! -d "$1/etc" ] || cp -a "$1/etc/." etc
	for node in null zero full random urandom tty; do
		touch "dev/$node"
		mount --bind "/dev/$node" "dev/$node"
	done
	chmod 1777 dev/shm
	mount --bind etc /etc
	for place in /run /var/lib /var/spool; do
		mount -t tmpfs -o mode=755 box "$place"
	done
	mkdir /var/spool/cron
	[ ! -d "$1/spool" ] || cp -a "$1/spool/." /var/spool/cron
	[ ! -d "$1/mnt" ] || mount --bind "$1/mnt" /mnt
	mount --rbind dev /dev
	cd / || exit
}
