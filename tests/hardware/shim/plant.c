/* The plant's bus socket: one frame a request, one a reply (drivers/virtual/wire.py). */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

int plant_ask(int link, const void *request, size_t length, unsigned char *reply) {
    if (send(link, request, length, MSG_NOSIGNAL) < 0) return 0;
    ssize_t got = recv(link, reply, FRAME, 0);
    return got < 0 ? 0 : (int)got;
}

int plant_connect(const char *socket_path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    unsigned char reply[FRAME];
    strncpy(address.sun_path, socket_path, sizeof address.sun_path - 1);
    int link = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (link < 0) return link;
    if (link < MAX_FD && !connect(link, (struct sockaddr *)&address, sizeof address) &&
        plant_ask(link, "\001seller", 7, reply) && reply[0] == 0)
        return link;
    syscall(SYS_close, link);
    errno = ENOENT; /* as the device of an adapter that is not plugged in */
    return -1;
}
