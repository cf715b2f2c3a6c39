/* Devices that this machine does not have, served to real libraries in their own process.
 *
 * preload.c   catches the C library's open, ioctl ... for the paths that the environment names
 * gpiochip.c  /dev/gpiochip0, GPIO uAPI v2 (linux/gpio.h), from the file EVLOCK_GPIOCHIP
 * gpiomem.c   /dev/gpiomem, the registers of a BCM283x (data sheet "BCM2835 ARM Peripherals",
 *             6.1), from the file EVLOCK_GPIOMEM, and EVLOCK_CPUINFO as /proc/cpuinfo
 * i2cdev.c    /dev/i2c-1 (linux/i2c-dev.h), from the plant's bus socket EVLOCK_I2C
 * sysfs.c     /sys/class/gpio and /sys/bus/iio, from the plant's bus socket EVLOCK_SYSFS
 */
#ifndef SHIM_H
#define SHIM_H

#include <stddef.h>

#define MAX_FD 1024
#define LINES 54

/* What a file of GPIO lines remembers; tests/hardware/lines.py reads the same layout. */
#define HISTORY 512

struct event { /* a line has changed; direction 1 is output */
    unsigned line, output, level;
};

struct history {
    unsigned count;
    struct event events[HISTORY];
};

int chip_open(const char *file);
int chip_ioctl(int fd, unsigned long request, void *argument); /* -2: not one of its files */
void chip_close(int fd);

void *memory_mapped(int fd, void *page, size_t length);

int i2c_open(const char *socket_path);
int i2c_ioctl(int fd, unsigned long request, void *argument); /* -2: not one of its files */
void i2c_close(int fd);

int sysfs_open(const char *socket_path, const char *path, int flags);
long sysfs_write(const char *socket_path, int fd, const void *data, size_t length); /* -2: no */
void sysfs_close(int fd);

#define FRAME 272
int plant_connect(const char *socket_path);
int plant_ask(int link, const void *request, size_t length, unsigned char *reply); /* 0: gone */

void remember(struct history *history, unsigned line, unsigned output, unsigned level);

#endif
