/* A power cut, a full or read-only disk and a stepped clock for one process: LD_PRELOADed into the server by tests.torture.
 *
 * Beside the data folder (POWER_REAL) a shadow (POWER_SHADOW) is kept that holds only what was synced: an fsync copies
 * the file's written ranges there, and makes the renames and deletions before it durable. What was not synced at the
 * moment of the cut is what the two differ by. Several processes (a server, a command)
 * may write to one disk; each notes in SHADOW.pending.PID what it renamed and deleted since its last fsync.
 * POWER_LIE names an ending of files whose fsync does nothing.
 * POWER_FAULT: a file that, while it is there, makes every write fail with the errno that it names; with EROFS also
 * every opening for writing, renaming and deleting.
 * POWER_CLOCK: a file with seconds that are added to the wall clock.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FDS 65536
#define FILES 8192
#define RANGES 512

typedef struct { ino_t ino; int whole, n; off_t from[RANGES], to[RANGES]; } Dirty;

static Dirty *files[FILES];
static int count;
static int slot_of[FDS]; /* 0: not ours; else slot + 1 */
static char real_dir[PATH_MAX], shadow_dir[PATH_MAX], pending_log[PATH_MAX], lie[64], fault[PATH_MAX], clock_file[PATH_MAX];
static size_t real_len;
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static char *pending[65536][2];
static int waiting;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void take(const char *name, char *to, size_t n) {
    const char *found = getenv(name);
    if (found) snprintf(to, n, "%s", found);
}

__attribute__((constructor)) static void begin(void) {
    take("POWER_REAL", real_dir, sizeof real_dir);
    take("POWER_SHADOW", shadow_dir, sizeof shadow_dir);
    take("POWER_LIE", lie, sizeof lie);
    take("POWER_FAULT", fault, sizeof fault);
    take("POWER_CLOCK", clock_file, sizeof clock_file);
    real_len = strlen(real_dir);
}

static void name_log(void) { /* not at the beginning: servers and commands are forks of one process */
    snprintf(pending_log, sizeof pending_log, "%.4000s.pending.%d", shadow_dir, (int)getpid());
}

static int ours(const char *path) {
    return real_len && !strncmp(path, real_dir, real_len) && path[real_len] == '/';
}

static int absolute(int folder, const char *path, char *to) {
    char base[PATH_MAX];
    if (path[0] == '/') { snprintf(to, PATH_MAX, "%s", path); return 1; }
    if (folder == AT_FDCWD) { if (!getcwd(base, sizeof base)) return 0; }
    else {
        char link[64]; snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t n = readlink(link, base, sizeof base - 1); if (n < 0) return 0; base[n] = 0;
    }
    return snprintf(to, PATH_MAX, "%.2000s/%.2000s", base, path) < PATH_MAX;
}

static void shadow_of(const char *path, char *to) { snprintf(to, PATH_MAX, "%.2000s%.2000s", shadow_dir, path + real_len); }

static void folders(char *path) {
    for (char *at = path + strlen(shadow_dir) + 1; (at = strchr(at, '/')); at++) { *at = 0; mkdir(path, 0700); *at = '/'; }
}

static int slot(ino_t ino) {
    for (int i = 0; i < count; i++) if (files[i]->ino == ino) return i;
    if (count == FILES) return -1;
    files[count] = calloc(1, sizeof(Dirty)); files[count]->ino = ino;
    return count++;
}

static void opened(int fd, const char *path, int flags) {
    struct stat st;
    if (fd < 0 || fd >= FDS) return;
    if (!ours(path) || fstat(fd, &st) || !S_ISREG(st.st_mode)) { slot_of[fd] = 0; return; }
    pthread_mutex_lock(&door);
    int one = slot(st.st_ino);
    slot_of[fd] = one + 1;
    char there[PATH_MAX]; shadow_of(path, there);
    if (one >= 0 && ((flags & O_TRUNC) || access(there, F_OK))) files[one]->whole = 1;
    pthread_mutex_unlock(&door);
}

static void wrote(int fd, off_t from, ssize_t n) {
    if (n <= 0 || fd < 0 || fd >= FDS || !slot_of[fd]) return;
    pthread_mutex_lock(&door);
    Dirty *d = files[slot_of[fd] - 1];
    if (d->n && d->to[d->n - 1] == from) d->to[d->n - 1] = from + n;
    else if (d->n == RANGES) d->whole = 1;
    else { d->from[d->n] = from; d->to[d->n++] = from + n; }
    pthread_mutex_unlock(&door);
}

static int broken(void) { /* whether there is a fault now; errno is it */
    if (!fault[0]) return 0;
    int file = syscall(SYS_openat, AT_FDCWD, fault, O_RDONLY, 0);
    if (file < 0) return 0;
    char text[16] = ""; ssize_t n = syscall(SYS_read, file, text, 15); syscall(SYS_close, file);
    errno = n > 0 ? atoi(text) : EIO;
    return errno != 0;
}

static int faulty(int fd) { return fd >= 0 && fd < FDS && slot_of[fd] && broken(); }

static int frozen(int folder, const char *path) { /* nothing of ours can be made, renamed or deleted now */
    char full[PATH_MAX];
    int kept = errno;
    if (real_len && fault[0] && absolute(folder, path, full) && ours(full) && broken() && errno == EROFS) return 1;
    errno = kept;
    return 0;
}

static void settle(void) { /* renames and deletions become durable, in their order */
    char from[PATH_MAX], to[PATH_MAX];
    for (int i = 0; i < waiting; i++) {
        shadow_of(pending[i][0], from);
        if (pending[i][1]) {
            shadow_of(pending[i][1], to); folders(to);
            if (access(from, F_OK)) { int f = syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_TRUNC, 0600); syscall(SYS_close, f); }
            else syscall(SYS_rename, from, to);
        } else syscall(SYS_unlink, from);
        free(pending[i][0]); free(pending[i][1]);
    }
    if (waiting) { name_log(); truncate(pending_log, 0); }
    waiting = 0;
}

static void copy(int in, int out, off_t from, off_t to) {
    static char piece[1 << 20];
    while (from < to) {
        size_t want = to - from < (off_t)sizeof piece ? (size_t)(to - from) : sizeof piece;
        ssize_t n = syscall(SYS_pread64, in, piece, want, from);
        if (n <= 0) break;
        syscall(SYS_pwrite64, out, piece, n, from); from += n;
    }
}

static void synced(int fd) {
    char link[64], path[PATH_MAX], there[PATH_MAX];
    if (!real_len || !shadow_dir[0]) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1); if (n < 0) return; path[n] = 0;
    if (strcmp(path, real_dir) && !ours(path)) return;
    size_t length = strlen(path), ending = strlen(lie);
    if (ending && length > ending && !strcmp(path + length - ending, lie)) return;
    pthread_mutex_lock(&door);
    settle();
    struct stat st;
    if (fd < FDS && slot_of[fd] && !fstat(fd, &st) && st.st_nlink) {
        Dirty *d = files[slot_of[fd] - 1];
        shadow_of(path, there); folders(there);
        int in = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0);
        int fresh = access(there, F_OK);
        int out = syscall(SYS_openat, AT_FDCWD, there, O_RDWR | O_CREAT, 0600);
        if (in >= 0 && out >= 0) {
            if (d->whole || fresh) copy(in, out, 0, st.st_size);
            else for (int i = 0; i < d->n; i++) copy(in, out, d->from[i], d->to[i]);
            syscall(SYS_ftruncate, out, st.st_size);
            d->n = d->whole = 0;
        }
        if (in >= 0) syscall(SYS_close, in);
        if (out >= 0) syscall(SYS_close, out);
    }
    pthread_mutex_unlock(&door);
}

static void later(const char *from, const char *to) {
    if (!ours(from) || (to && !ours(to))) return;
    pthread_mutex_lock(&door);
    if (waiting == 65536) settle();
    pending[waiting][0] = strdup(from); pending[waiting++][1] = to ? strdup(to) : NULL;
    name_log();
    int log = syscall(SYS_openat, AT_FDCWD, pending_log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log >= 0) {
        char line[2 * PATH_MAX]; int n = snprintf(line, sizeof line, "%s\t%s\n", from + real_len + 1, to ? to + real_len + 1 : "");
        syscall(SYS_write, log, line, n); syscall(SYS_close, log);
    }
    pthread_mutex_unlock(&door);
}

static int open_at(int folder, const char *path, int flags, mode_t mode) {
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && frozen(folder, path)) return -1;
    int fd = syscall(SYS_openat, folder, path, flags, mode);
    int kept = errno; char full[PATH_MAX];
    if (fd >= 0 && real_len && absolute(folder, path, full)) opened(fd, full, flags);
    errno = kept;
    return fd;
}
#define MODE mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }
int open(const char *path, int flags, ...) { MODE return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return open_at(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE return open_at(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE return open_at(folder, path, flags, mode); }
int close(int fd) { if (fd >= 0 && fd < FDS) slot_of[fd] = 0; return REAL(close)(fd); }

ssize_t write(int fd, const void *data, size_t n) {
    if (faulty(fd)) return -1;
    ssize_t done = syscall(SYS_write, fd, data, n);
    if (done > 0 && fd < FDS && slot_of[fd]) { int kept = errno; wrote(fd, lseek(fd, 0, SEEK_CUR) - done, done); errno = kept; }
    return done;
}
ssize_t writev(int fd, const struct iovec *parts, int n) {
    if (faulty(fd)) return -1;
    ssize_t done = REAL(writev)(fd, parts, n);
    if (done > 0 && fd < FDS && slot_of[fd]) wrote(fd, lseek(fd, 0, SEEK_CUR) - done, done);
    return done;
}
ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) {
    if (faulty(fd)) return -1;
    ssize_t done = syscall(SYS_pwrite64, fd, data, n, at);
    wrote(fd, at, done);
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t n, off_t at) { return pwrite64(fd, data, n, at); }
static void all_of(int fd) { if (fd >= 0 && fd < FDS && slot_of[fd]) files[slot_of[fd] - 1]->whole = 1; }
int ftruncate64(int fd, off64_t n) { if (faulty(fd)) return -1; all_of(fd); return syscall(SYS_ftruncate, fd, n); }
int ftruncate(int fd, off_t n) { return ftruncate64(fd, n); }
ssize_t sendfile64(int out, int in, off64_t *at, size_t n) { if (faulty(out)) return -1; all_of(out); return syscall(SYS_sendfile, out, in, at, n); }
ssize_t sendfile(int out, int in, off_t *at, size_t n) { return sendfile64(out, in, at, n); }
ssize_t copy_file_range(int in, off64_t *a, int out, off64_t *b, size_t n, unsigned flags) { all_of(out); return syscall(SYS_copy_file_range, in, a, out, b, n, flags); }
int fsync(int fd) { if (faulty(fd)) return -1; synced(fd); return 0; }
int fdatasync(int fd) { return fsync(fd); }

int renameat(int a, const char *from, int b, const char *to) {
    char x[PATH_MAX], y[PATH_MAX];
    int known = real_len && absolute(a, from, x) && absolute(b, to, y);
    if (frozen(a, from)) return -1;
    int done = syscall(SYS_renameat, a, from, b, to);
    if (!done && known) later(x, y);
    return done;
}
int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }
int unlinkat(int folder, const char *path, int flags) {
    char x[PATH_MAX];
    int known = real_len && absolute(folder, path, x);
    if (frozen(folder, path)) return -1;
    int done = syscall(SYS_unlinkat, folder, path, flags);
    if (!done && known && !(flags & AT_REMOVEDIR)) later(x, NULL);
    return done;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int remove(const char *path) { return unlink(path) ? rmdir(path) : 0; }

static long shift(void) {
    static long kept; static long looked = -1;
    struct timespec now;
    if (!clock_file[0]) return 0;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    long tenth = now.tv_sec * 10 + now.tv_nsec / 100000000;
    if (tenth != looked) {
        looked = tenth;
        int file = syscall(SYS_openat, AT_FDCWD, clock_file, O_RDONLY, 0);
        if (file >= 0) { char text[32] = ""; if (syscall(SYS_read, file, text, 31) > 0) kept = atol(text); syscall(SYS_close, file); }
    }
    return kept;
}
int clock_gettime(clockid_t which, struct timespec *to) {
    int done = syscall(SYS_clock_gettime, which, to);
    if (!done && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) to->tv_sec += shift();
    return done;
}
int gettimeofday(struct timeval *restrict to, void *restrict zone) {
    (void)zone; struct timespec now; clock_gettime(CLOCK_REALTIME, &now);
    to->tv_sec = now.tv_sec; to->tv_usec = now.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *to) { struct timespec now; clock_gettime(CLOCK_REALTIME, &now); if (to) *to = now.tv_sec; return now.tv_sec; }
