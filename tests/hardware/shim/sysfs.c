/* /sys/class/gpio and /sys/bus/iio: reads and writes become SYSFS_READ and SYSFS_WRITE frames. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ 4
#define WRITE 5
#define FAILED 3

static char *written[MAX_FD]; /* the path behind a file that is open for writing */
static int link_to_plant = -1;

static int ask(const char *socket_path, unsigned char *frame, size_t length, unsigned char *reply) {
    if (link_to_plant < 0) link_to_plant = plant_connect(socket_path);
    if (link_to_plant < 0) return -1;
    int got = plant_ask(link_to_plant, frame, length, reply);
    if (got > 0 && reply[0] == 0) return got;
    errno = got == 2 && reply[0] == FAILED ? reply[1] : EIO;
    return -1;
}

int sysfs_open(const char *socket_path, const char *path, int flags) {
    unsigned char frame[FRAME] = {READ}, reply[FRAME];
    if ((flags & O_ACCMODE) != O_RDONLY) {
        int fd = openat(AT_FDCWD, "/dev/null", O_WRONLY | O_CLOEXEC);
        if (fd >= 0 && fd < MAX_FD) written[fd] = strdup(path);
        return fd;
    }
    strncpy((char *)frame + 1, path, FRAME - 2);
    int got = ask(socket_path, frame, 1 + strlen(path), reply);
    int fd = got < 0 ? -1 : memfd_create("attribute", MFD_CLOEXEC);
    if (fd >= 0 && pwrite(fd, reply + 1, (size_t)got - 1, 0) != got - 1) errno = EIO;
    return fd;
}

void sysfs_close(int fd) {
    if (fd >= 0 && fd < MAX_FD) written[fd] = NULL;
}

long sysfs_write(const char *socket_path, int fd, const void *data, size_t length) {
    unsigned char frame[FRAME] = {WRITE}, reply[FRAME];
    if (fd < 0 || fd >= MAX_FD || !written[fd]) return -2;
    size_t path = strlen(written[fd]);
    if (2 + path + length > FRAME) return errno = EINVAL, -1;
    memcpy(frame + 1, written[fd], path + 1);
    memcpy(frame + 2 + path, data, length);
    return ask(socket_path, frame, 2 + path + length, reply) < 0 ? -1 : (long)length;
}
