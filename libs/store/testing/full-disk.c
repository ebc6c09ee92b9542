// Fault injection: below QUARTET_FULL_DISK the device holds so many bytes and no more. For LD_PRELOAD.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#define CAPACITY 65536
static long written;

// How many of the bytes fit; -1 when the device is full.
static ssize_t fits(int fd, size_t count) {
  const char *root = getenv("QUARTET_FULL_DISK");
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = root ? readlink(link, path, sizeof path - 1) : -1;
  if (length < 0 || strncmp(path, root, strlen(root)) != 0) return count;
  long left = CAPACITY - __atomic_load_n(&written, __ATOMIC_SEQ_CST);
  if (left <= 0) { errno = ENOSPC; return -1; }
  ssize_t some = (long)count < left ? (ssize_t)count : left;
  __atomic_add_fetch(&written, some, __ATOMIC_SEQ_CST);
  return some;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  ssize_t some = fits(fd, count);
  return some < 0 ? -1 : real(fd, bytes, some);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
  ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite64");
  ssize_t some = fits(fd, count);
  return some < 0 ? -1 : real(fd, bytes, some, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }

// A short count is allowed, so that the first buffer is enough.
ssize_t writev(int fd, const struct iovec *buffers, int count) { return count < 1 ? 0 : write(fd, buffers[0].iov_base, buffers[0].iov_len); }
ssize_t pwritev64(int fd, const struct iovec *buffers, int count, off_t at) { return count < 1 ? 0 : pwrite64(fd, buffers[0].iov_base, buffers[0].iov_len, at); }
ssize_t pwritev(int fd, const struct iovec *buffers, int count, off_t at) { return pwritev64(fd, buffers, count, at); }
