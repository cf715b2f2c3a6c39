/* /dev/gpiochip0: GPIO uAPI v2 over a file that outlives the process, as the chip does. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct line {
    unsigned output, level; /* as the pin stands; an input is pulled up */
    unsigned stuck;         /* 0 follows; 1 always low, 2 always high: what is read */
    int owner;              /* process that holds the line, 0 nobody */
    char consumer[GPIO_MAX_NAME_SIZE];
};

static struct chip {
    unsigned reverts; /* whether the chip's driver makes a released line an input */
    struct line lines[LINES];
    struct history history;
} *chip;

static struct handle {
    int chip, count;
    unsigned offsets[GPIO_V2_LINES_MAX];
} handles[MAX_FD];

static int fail(int number) {
    errno = number;
    return -1;
}

static void set(unsigned number, unsigned output, unsigned level) {
    struct line *line = &chip->lines[number];
    if (line->output == output && line->level == level) return;
    line->output = output;
    line->level = level;
    remember(&chip->history, number, output, level);
}

static void release(unsigned number) {
    chip->lines[number].owner = 0;
    if (chip->reverts) set(number, 0, 1);
}

/* What the kernel does at once when a process ends, done when the next one looks. */
static void bury(void) {
    for (unsigned number = 0; number < LINES; number++) {
        int owner = chip->lines[number].owner;
        if (owner && kill(owner, 0) && errno == ESRCH) release(number);
    }
}

int chip_open(const char *file) {
    int fd = openat(AT_FDCWD, file, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fd >= MAX_FD) return fd;
    if (!chip) chip = mmap(NULL, sizeof *chip, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    handles[fd] = (struct handle){.chip = 1};
    return fd;
}

void chip_close(int fd) {
    if (fd < 0 || fd >= MAX_FD) return;
    for (int i = 0; i < handles[fd].count; i++) release(handles[fd].offsets[i]);
    handles[fd] = (struct handle){0};
}

static int configure(struct handle *handle, const struct gpio_v2_line_config *config) {
    unsigned long long values = 0;
    for (unsigned i = 0; i < config->num_attrs; i++) {
        if (config->attrs[i].attr.id != GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES) return fail(EINVAL);
        values |= config->attrs[i].attr.values & config->attrs[i].mask;
    }
    if (config->flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW) return fail(EINVAL);
    for (int i = 0; i < handle->count; i++) {
        int output = !!(config->flags & GPIO_V2_LINE_FLAG_OUTPUT);
        set(handle->offsets[i], output, output ? values >> i & 1 : 1);
    }
    return 0;
}

static int take(struct gpio_v2_line_request *request) {
    if (!request->num_lines || request->num_lines > GPIO_V2_LINES_MAX) return fail(EINVAL);
    for (unsigned i = 0; i < request->num_lines; i++) {
        if (request->offsets[i] >= LINES) return fail(EINVAL);
        if (chip->lines[request->offsets[i]].owner) return fail(EBUSY);
    }
    int fd = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0 || fd >= MAX_FD) return fail(EMFILE);
    struct handle handle = {.count = (int)request->num_lines};
    memcpy(handle.offsets, request->offsets, sizeof handle.offsets);
    if (configure(&handle, &request->config)) return -1;
    for (int i = 0; i < handle.count; i++) {
        struct line *line = &chip->lines[handle.offsets[i]];
        line->owner = getpid();
        memcpy(line->consumer, request->consumer, sizeof line->consumer);
    }
    handles[fd] = handle;
    request->fd = fd;
    return 0;
}

static int tell(struct gpio_v2_line_info *info) {
    if (info->offset >= LINES) return fail(EINVAL);
    struct line *line = &chip->lines[info->offset];
    struct gpio_v2_line_info told = {.offset = info->offset};
    told.flags = line->output ? GPIO_V2_LINE_FLAG_OUTPUT : GPIO_V2_LINE_FLAG_INPUT;
    if (line->owner) {
        told.flags |= GPIO_V2_LINE_FLAG_USED;
        memcpy(told.consumer, line->consumer, sizeof told.consumer);
    }
    *info = told;
    return 0;
}

static int values(struct handle *handle, struct gpio_v2_line_values *values, int writing) {
    for (int i = 0; i < handle->count; i++) {
        if (!(values->mask >> i & 1)) continue;
        struct line *line = &chip->lines[handle->offsets[i]];
        if (writing && !line->output) return fail(EPERM);
        if (writing) set(handle->offsets[i], 1, values->bits >> i & 1);
        unsigned long long level = line->stuck ? line->stuck - 1 : line->level;
        if (!writing) values->bits = (values->bits & ~(1ULL << i)) | level << i;
    }
    return 0;
}

int chip_ioctl(int fd, unsigned long request, void *argument) {
    if (fd < 0 || fd >= MAX_FD || !(handles[fd].chip || handles[fd].count)) return -2;
    bury();
    switch (request) {
    case GPIO_GET_CHIPINFO_IOCTL:
        *(struct gpiochip_info *)argument =
            (struct gpiochip_info){"gpiochip0", "pinctrl-bcm2711", LINES};
        return 0;
    case GPIO_V2_GET_LINEINFO_IOCTL: return tell(argument);
    case GPIO_V2_GET_LINE_IOCTL: return take(argument);
    case GPIO_V2_LINE_SET_CONFIG_IOCTL: return configure(&handles[fd], argument);
    case GPIO_V2_LINE_GET_VALUES_IOCTL: return values(&handles[fd], argument, 0);
    case GPIO_V2_LINE_SET_VALUES_IOCTL: return values(&handles[fd], argument, 1);
    }
    fprintf(stderr, "gpiochip shim: request %#lx is not served\n", request);
    return fail(ENOTTY);
}
