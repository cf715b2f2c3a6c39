"""Numbers of the system calls that seccomp.py names: x86_64, aarch64, arm (EABI); -: none there.

Held equal to the kernel's headers and to libseccomp by tests/secure_world/test_seccomp.py.
Those that are made most often come first.
"""

NUMBERS = """
# hot
recvfrom 45 207 292
sendto 44 206 290
send - - 289
recv - - 291
epoll_wait 232 - 252
epoll_pwait 281 22 346
fdatasync 75 83 148
pwrite64 18 68 181
pread64 17 67 180
poll 7 - 168
ppoll 271 73 336
ppoll_time64 - - 414
epoll_ctl 233 21 251
# files
read 0 63 3
write 1 64 4
readv 19 65 145
writev 20 66 146
lseek 8 62 19
_llseek - - 140
close 3 57 6
close_range 436 436 436
dup 32 23 41
dup3 292 24 358
fcntl 72 25 55
fcntl64 - - 221
ioctl 16 29 54
openat 257 56 322
open 2 - 5
unlink 87 - 10
unlinkat 263 35 328
rename 82 - 38
renameat 264 38 329
renameat2 316 276 382
mkdir 83 - 39
mkdirat 258 34 323
readlink 89 - 85
readlinkat 267 78 332
access 21 - 33
faccessat 269 48 334
faccessat2 439 439 439
stat 4 - 106
lstat 6 - 107
fstat 5 80 108
newfstatat 262 79 -
stat64 - - 195
lstat64 - - 196
fstat64 - - 197
fstatat64 - - 327
statx 332 291 397
getdents64 217 61 217
getcwd 79 17 183
chmod 90 - 15
fchmod 91 52 94
fchmodat 268 53 333
umask 95 166 60
fsync 74 82 118
ftruncate 77 46 93
ftruncate64 - - 194
flock 73 32 143
# memory
mmap 9 222 -
mmap2 - - 192
munmap 11 215 91
mremap 25 216 163
mprotect 10 226 125
madvise 28 233 220
brk 12 214 45
mlock 149 228 150
mlockall 151 230 152
# sockets
epoll_create1 291 20 357
pipe2 293 59 359
socket 41 198 281
socketpair 53 199 288
bind 49 200 282
listen 50 201 284
connect 42 203 283
accept4 288 242 366
getsockname 51 204 286
getpeername 52 205 287
getsockopt 55 209 295
setsockopt 54 208 294
shutdown 48 210 293
# processes
clone 56 220 120
clone3 435 435 435
wait4 61 260 114
waitid 247 95 280
exit 60 93 1
exit_group 231 94 248
kill 62 129 37
tgkill 234 131 268
getpid 39 172 20
getppid 110 173 64
gettid 186 178 224
set_robust_list 273 99 338
rseq 334 293 398
futex 202 98 240
futex_time64 - - 422
sched_yield 24 124 158
sched_getaffinity 204 123 242
rt_sigaction 13 134 174
rt_sigprocmask 14 135 175
rt_sigreturn 15 139 173
sigreturn - - 119
sigaltstack 131 132 186
restart_syscall 219 128 0
getuid 102 174 24
geteuid 107 175 49
getgid 104 176 47
getegid 108 177 50
getuid32 - - 199
geteuid32 - - 201
getgid32 - - 200
getegid32 - - 202
# time and the rest
clock_gettime 228 113 263
clock_gettime64 - - 403
clock_getres 229 114 264
clock_getres_time64 - - 406
clock_nanosleep 230 115 265
clock_nanosleep_time64 - - 407
nanosleep 35 101 162
gettimeofday 96 169 78
time 201 - -
getrandom 318 278 384
prctl 157 167 172
prlimit64 302 261 369
ugetrlimit - - 191
getrlimit 97 163 -
sysinfo 99 179 116
uname 63 160 122
# only somebody who has taken over would try these
execve 59 221 11
execveat 322 281 387
ptrace 101 117 26
process_vm_readv 310 270 376
process_vm_writev 311 271 377
"""
