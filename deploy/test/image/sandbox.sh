#!/bin/sh
# What a container engine gives a pod of deploy/base, as far as the kernel alone can: the image's root (image/root.mjs), read-only,
# and the tree in its /opt/quartet, nothing else of this machine's, user 10001 without capabilities, an empty environment.
#   unshare --mount sandbox.sh ROOT TREE BLOBS [NAME=VALUE ...] COMMAND ...
set -eu
root=$1
tree=$2
blobs=$3
shift 3
scratch() { mount -t tmpfs -o mode=1777 tmpfs "/mnt/$1"; }

mount --bind "$root" /mnt
scratch opt
mkdir /mnt/opt/quartet /mnt/opt/blobs
mount --bind "$tree" /mnt/opt/quartet
mount --bind "$blobs" /mnt/opt/blobs
for volume in tmp var/lib/quartet var/cache/quartet dev; do scratch "$volume"; done
for device in null zero full random urandom; do
  touch "/mnt/dev/$device"
  mount --bind "/dev/$device" "/mnt/dev/$device"
done
mount --bind /proc /mnt/proc
mount --bind /sys /mnt/sys
for kept in . opt opt/quartet sys; do mount -o remount,bind,ro "/mnt/$kept"; done

# The paths are an engine's own where the image names none.
exec chroot /mnt setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
  env --ignore-environment --chdir=/var/lib/quartet PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin QUARTET_BLOB_URL=file:///opt/blobs "$@"
