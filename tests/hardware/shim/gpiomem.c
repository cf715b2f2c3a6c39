/* /dev/gpiomem: registers that act, in a library that only writes memory.
 *
 * The page is forbidden to the process. An access faults; the page is allowed for that one
 * instruction (single step), then the registers do what the chip's would: SET and CLR move the
 * latch, and LEV shows latch or pull-up.
 *
 * word 0-5 GPFSEL (three bits a line, 1 is output), 7-8 GPSET, 10-11 GPCLR, 13-14 GPLEV
 */
#define _GNU_SOURCE
#include "shim.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define SET 7
#define CLR 10
#define LEV 13
#define PAGE 4096
#define TRAP_FLAG 0x100

#if defined(__x86_64__)
static volatile unsigned *registers; /* the page itself */
static struct hidden {               /* behind it in the file: what the chip keeps inside */
    unsigned latch[2];
    unsigned output[2];
    unsigned stuck[LINES]; /* 0 follows; 1 always low, 2 always high */
    struct history history;
} *hidden;

static void act(void) {
    for (unsigned line = 0; line < LINES; line++) {
        unsigned word = line / 32, bit = 1u << line % 32;
        unsigned was = hidden->output[word] & bit, before = registers[LEV + word] & bit;
        if (registers[SET + word] & bit) hidden->latch[word] |= bit;
        if (registers[CLR + word] & bit) hidden->latch[word] &= ~bit;
        unsigned output = (registers[line / 10] >> line % 10 * 3 & 7) == 1 ? bit : 0;
        unsigned level = output ? hidden->latch[word] & bit : bit;
        if (hidden->stuck[line]) level = hidden->stuck[line] == 2 ? bit : 0;
        hidden->output[word] = (hidden->output[word] & ~bit) | output;
        registers[LEV + word] = (registers[LEV + word] & ~bit) | level;
        if (was != output || before != level)
            remember(&hidden->history, line, !!output, !!level);
    }
    registers[SET] = registers[SET + 1] = registers[CLR] = registers[CLR + 1] = 0;
}

static void faulted(int number, siginfo_t *info, void *context) {
    char *address = info->si_addr, *page = (char *)registers;
    if (address < page || address >= page + PAGE) {
        signal(number, SIG_DFL); /* not ours: the instruction faults again and ends the process */
        return;
    }
    mprotect(page, PAGE, PROT_READ | PROT_WRITE);
    act(); /* the levels must stand before a read sees them */
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static void stepped(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)info;
    act();
    mprotect((void *)registers, PAGE, PROT_NONE);
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

void *memory_mapped(int fd, void *page, size_t length) {
    const char *file = getenv("EVLOCK_GPIOMEM");
    char link[64], found[512] = {0}, wanted[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (!file || readlink(link, found, sizeof found - 1) < 0) return page;
    if (!realpath(file, wanted) || strcmp(found, wanted) != 0) return page;
    if (length != PAGE || registers) return page;
    hidden = mmap(NULL, sizeof *hidden, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
    registers = page;
    struct sigaction action = {.sa_sigaction = faulted, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    action.sa_sigaction = stepped;
    sigaction(SIGTRAP, &action, NULL);
    mprotect(page, PAGE, PROT_NONE);
    return page;
}
#else /* how to step over one instruction is written for x86-64 only */
void *memory_mapped(int fd, void *page, size_t length) {
    (void)fd;
    (void)length;
    return page;
}
#endif
