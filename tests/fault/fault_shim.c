/* fault_shim.c - loaded into the program with LD_PRELOAD: one system call goes wrong, or all are
 * written down.
 *
 *   FAULT_UNDER  only files below this folder count; no path above it, no pipe, no terminal
 *   FAULT_AT     the number of the call that goes wrong, from 1; 0: none
 *   FAULT_KIND   eio     the call fails with EIO
 *                enospc  the call fails with ENOSPC, if it is one that needs space
 *                full    the same for it and all after it
 *                short   half of what is to be written is
 *                kill    the process dies before the call
 *                torn    the process dies in the middle of a write, behind any other call
 *   FAULT_COUNT  the number of calls is written there at the end
 *   FAULT_TRACE  every call, with the bytes written, is appended there in order; so is what goes to
 *                standard output: power_loss_test.py reads it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_FD 1024

enum need { NEEDS_NOTHING, NEEDS_SPACE };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char* under;
static const char* kind;
static const char* count_file;
static int trace_fd = -1;
static long fault_at;
static long calls;
static char paths[MAX_FD][512]; /* of descriptors that count; empty: not one of them */

__attribute__((constructor)) static void begin(void) {
  const char* at = getenv("FAULT_AT");
  const char* trace = getenv("FAULT_TRACE");
  under = getenv("FAULT_UNDER");
  kind = getenv("FAULT_KIND");
  count_file = getenv("FAULT_COUNT");
  fault_at = at ? atol(at) : 0;
  if (!kind) kind = "eio";
  if (trace) {
    int fd = (int)syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_CREAT | O_APPEND, 0600);
    trace_fd = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900);
    syscall(SYS_close, fd);
  }
}

__attribute__((destructor)) static void end(void) {
  char text[32];
  int length, fd;
  if (!count_file) return;
  length = snprintf(text, sizeof text, "%ld\n", calls);
  fd = (int)syscall(SYS_openat, AT_FDCWD, count_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  syscall(SYS_write, fd, text, length);
  syscall(SYS_close, fd);
}

static int is_ours(const char* path) {
  return under && path && strncmp(path, under, strlen(under)) == 0;
}

static int is_tracked(int fd) { return fd >= 0 && fd < MAX_FD && paths[fd][0] != '\0'; }

static int is(const char* word) { return strcmp(kind, word) == 0; }

static void die(void) { syscall(SYS_kill, getpid(), SIGKILL); }

/* One record: op, lengths and offset in the byte order of the machine, then the bytes. */
static void record(char op, const char* path, const char* second, uint64_t offset, const void* bytes,
                   uint64_t length) {
  uint64_t head[5];
  if (trace_fd < 0) return;
  head[0] = (uint64_t)op;
  head[1] = path ? strlen(path) : 0;
  head[2] = second ? strlen(second) : 0;
  head[3] = offset;
  head[4] = length;
  syscall(SYS_write, trace_fd, head, sizeof head);
  if (head[1]) syscall(SYS_write, trace_fd, path, head[1]);
  if (head[2]) syscall(SYS_write, trace_fd, second, head[2]);
  if (bytes && length) syscall(SYS_write, trace_fd, bytes, length);
}

/* Counts a call. The errno it must fail with, or 0. May not return. */
static int fault(enum need need) {
  long number = ++calls;
  if (fault_at == 0 || number < fault_at) return 0;
  if (is("full")) return need == NEEDS_SPACE ? ENOSPC : 0;
  if (number != fault_at) return 0;
  if (is("kill")) die();
  if (is("eio")) return EIO;
  if (is("enospc")) return need == NEEDS_SPACE ? ENOSPC : 0;
  return 0;
}

static int is_torn(void) { return fault_at != 0 && calls == fault_at && is("torn"); }

static int is_short(void) { return fault_at != 0 && calls == fault_at && is("short"); }

/* --- opening and closing --- */

static int open_any(int folder, const char* path, int flags, mode_t mode) {
  struct stat facts;
  int fd, error, is_new;
  if (!is_ours(path)) return (int)syscall(SYS_openat, folder, path, flags, mode);
  pthread_mutex_lock(&mutex);
  error = fault((flags & O_CREAT) != 0 ? NEEDS_SPACE : NEEDS_NOTHING);
  if (error) {
    pthread_mutex_unlock(&mutex);
    errno = error;
    return -1;
  }
  is_new = (flags & O_CREAT) != 0 && syscall(SYS_newfstatat, AT_FDCWD, path, &facts, 0) != 0;
  fd = (int)syscall(SYS_openat, folder, path, flags, mode);
  error = errno;
  if (is_torn()) die();
  if (fd >= 0 && is_new) record('C', path, NULL, 0, NULL, 0);
  if (fd >= 0 && fd < MAX_FD) snprintf(paths[fd], sizeof paths[fd], "%s", path);
  pthread_mutex_unlock(&mutex);
  errno = error;
  return fd;
}

#define MODE(flags)                            \
  mode_t mode = 0;                             \
  if ((flags) & O_CREAT) {                     \
    va_list list;                              \
    va_start(list, flags);                     \
    mode = (mode_t)va_arg(list, unsigned int); \
    va_end(list);                              \
  }

int open(const char* path, int flags, ...) {
  MODE(flags)
  return open_any(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  MODE(flags)
  return open_any(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  MODE(flags)
  return open_any(folder, path, flags, mode);
}

int openat64(int folder, const char* path, int flags, ...) {
  MODE(flags)
  return open_any(folder, path, flags | O_LARGEFILE, mode);
}

int __open_2(const char* path, int flags) { return open_any(AT_FDCWD, path, flags, 0); }

int __open64_2(const char* path, int flags) {
  return open_any(AT_FDCWD, path, flags | O_LARGEFILE, 0);
}

int close(int fd) {
  if (fd >= 0 && fd < MAX_FD) {
    pthread_mutex_lock(&mutex);
    paths[fd][0] = '\0';
    pthread_mutex_unlock(&mutex);
  }
  return (int)syscall(SYS_close, fd);
}

/* --- writing --- */

static ssize_t write_any(int fd, const void* bytes, size_t size, int64_t at) {
  ssize_t done;
  size_t part = size;
  int64_t offset = at;
  int error;
  if (fd == STDOUT_FILENO && trace_fd >= 0) {
    pthread_mutex_lock(&mutex);
    record('A', NULL, NULL, 0, bytes, size);
    pthread_mutex_unlock(&mutex);
  }
  if (!is_tracked(fd)) {
    return at < 0 ? syscall(SYS_write, fd, bytes, size) : syscall(SYS_pwrite64, fd, bytes, size, at);
  }
  pthread_mutex_lock(&mutex);
  error = fault(NEEDS_SPACE);
  if (error) {
    pthread_mutex_unlock(&mutex);
    errno = error;
    return -1;
  }
  if (at < 0) offset = syscall(SYS_lseek, fd, 0, SEEK_CUR);
  if ((is_torn() || is_short()) && size > 1) part = size / 2;
  done = at < 0 ? syscall(SYS_write, fd, bytes, part) : syscall(SYS_pwrite64, fd, bytes, part, at);
  error = errno;
  if (is_torn()) die();
  if (done > 0) record('W', paths[fd], NULL, (uint64_t)offset, bytes, (uint64_t)done);
  pthread_mutex_unlock(&mutex);
  errno = error;
  return done;
}

ssize_t write(int fd, const void* bytes, size_t size) { return write_any(fd, bytes, size, -1); }

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  return write_any(fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  return write_any(fd, bytes, size, at);
}

/* --- everything else that changes a file or makes a change last --- */

#define CHECKED(tracked, need, call, op, path, second, number) \
  int result, error;                                           \
  if (!(tracked)) return (int)(call);                          \
  pthread_mutex_lock(&mutex);                                  \
  error = fault(need);                                         \
  if (error) {                                                 \
    pthread_mutex_unlock(&mutex);                              \
    errno = error;                                             \
    return -1;                                                 \
  }                                                            \
  result = (int)(call);                                        \
  error = errno;                                               \
  if (is_torn()) die();                                        \
  if (result == 0) record(op, path, second, number, NULL, 0);  \
  pthread_mutex_unlock(&mutex);                                \
  errno = error;                                               \
  return result;

int fsync(int fd) {
  CHECKED(is_tracked(fd), NEEDS_SPACE, syscall(SYS_fsync, fd), 'S', paths[fd], NULL, 0)
}

int fdatasync(int fd) {
  CHECKED(is_tracked(fd), NEEDS_SPACE, syscall(SYS_fdatasync, fd), 'S', paths[fd], NULL, 0)
}

int ftruncate(int fd, off_t size) {
  CHECKED(is_tracked(fd), size > 0 ? NEEDS_SPACE : NEEDS_NOTHING, syscall(SYS_ftruncate, fd, size), 'T',
          paths[fd], NULL, (uint64_t)size)
}

int ftruncate64(int fd, off64_t size) {
  CHECKED(is_tracked(fd), size > 0 ? NEEDS_SPACE : NEEDS_NOTHING, syscall(SYS_ftruncate, fd, size), 'T',
          paths[fd], NULL, (uint64_t)size)
}

int rename(const char* from, const char* to) {
  CHECKED(is_ours(from), NEEDS_SPACE, syscall(SYS_rename, from, to), 'R', from, to, 0)
}

int link(const char* from, const char* to) {
  CHECKED(is_ours(from), NEEDS_SPACE, syscall(SYS_link, from, to), 'L', from, to, 0)
}

int unlink(const char* path) {
  CHECKED(is_ours(path), NEEDS_NOTHING, syscall(SYS_unlink, path), 'U', path, NULL, 0)
}

int remove(const char* path) {
  CHECKED(is_ours(path), NEEDS_NOTHING, syscall(SYS_unlink, path), 'U', path, NULL, 0)
}
