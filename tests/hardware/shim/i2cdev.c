/* /dev/i2c-1: every I2C_RDWR becomes one TRANSFER to the plant (drivers/virtual/wire.py). */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdlib.h>
#include <string.h>

#define TRANSFER 2
#define NACK 1

static char open_files[MAX_FD];

static int fail(int number) {
    errno = number;
    return -1;
}

int i2c_open(const char *socket_path) {
    int fd = plant_connect(socket_path);
    if (fd >= 0) open_files[fd] = 1;
    return fd;
}

void i2c_close(int fd) {
    if (fd >= 0 && fd < MAX_FD) open_files[fd] = 0;
}

/* A chip that does not acknowledge: EREMOTEIO from most adapters; from virtio's (without an
 * error) the count of the messages that went, and the caller's buffer as it was. */
static int refused(void) {
    const char *way = getenv("EVLOCK_I2C_NACK");
    return way && strcmp(way, "short") == 0 ? 0 : fail(EREMOTEIO);
}

static int transfer(int fd, struct i2c_rdwr_ioctl_data *data) {
    unsigned char frame[FRAME] = {TRANSFER, (unsigned char)data->msgs[0].addr, 0}, reply[FRAME];
    size_t length = 3;
    struct i2c_msg *answer = NULL;
    for (unsigned i = 0; i < data->nmsgs; i++) {
        struct i2c_msg *message = &data->msgs[i];
        if (message->flags & I2C_M_RD) {
            answer = message;
            frame[2] = (unsigned char)message->len;
        } else {
            if (length + message->len > FRAME || answer) return fail(EOPNOTSUPP);
            memcpy(frame + length, message->buf, message->len);
            length += message->len;
        }
    }
    int got = plant_ask(fd, frame, length, reply);
    if (got < 1) return fail(ENODEV);
    if (reply[0] == NACK) return refused();
    if (reply[0] || got != 1 + frame[2]) return fail(EIO);
    if (answer) memcpy(answer->buf, reply + 1, answer->len);
    return (int)data->nmsgs;
}

int i2c_ioctl(int fd, unsigned long request, void *argument) {
    if (fd < 0 || fd >= MAX_FD || !open_files[fd]) return -2;
    if (request == I2C_FUNCS) {
        const char *only = getenv("EVLOCK_I2C_FUNCS");
        *(unsigned long *)argument = only ? strtoul(only, NULL, 0) : I2C_FUNC_I2C;
        return 0;
    }
    return request == I2C_RDWR ? transfer(fd, argument) : fail(ENOTTY);
}
