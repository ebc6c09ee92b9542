#!/bin/sh
# What a container engine gives a pod of deploy/base, as far as the kernel alone can: a read-only root, the image's tree in
# /opt/quartet and nothing else of this machine's but its Debian, user 10001 without capabilities, an empty environment.
#   unshare --mount sandbox.sh TREE BLOBS [NAME=VALUE ...] COMMAND ...
set -eu
tree=$1
blobs=$2
shift 2
scratch() { mount -t tmpfs -o mode=1777 tmpfs "$1"; }

scratch /mnt
mkdir /mnt/tree /mnt/blobs
mount --bind "$tree" /mnt/tree
mount --bind "$blobs" /mnt/blobs
scratch /opt
mkdir /opt/quartet
mount --move /mnt/tree /opt/quartet
mkdir -p /opt/state && mount -t tmpfs -o mode=1777 tmpfs /opt/state
mkdir /opt/state/home /opt/state/cache /opt/state/blobs
chmod 777 /opt/state/home /opt/state/cache
mount --move /mnt/blobs /opt/state/blobs
for hidden in /root /home /work /srv /tmp /mnt; do if [ -d "$hidden" ]; then scratch "$hidden"; fi; done
mount -o remount,bind,ro /opt/quartet
mount -o remount,bind,ro /opt
mount -o remount,bind,ro /

exec setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
  env -i QUARTET_HOME=/opt/state/home QUARTET_CACHE=/opt/state/cache QUARTET_BLOB_URL=file:///opt/state/blobs "$@"
