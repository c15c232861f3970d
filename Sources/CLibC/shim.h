/* What Swift's module of glibc leaves out: how its allocator is set, and GNU's own ways to inherit no descriptor. */
#ifndef CLIBC_SHIM_H
#define CLIBC_SHIM_H

#include <malloc.h>
#include <spawn.h>
#include <sys/socket.h>

/* Swift reads glibc's headers without _GNU_SOURCE, under which these are declared. */
extern int accept4(int listener, struct sockaddr *peer, socklen_t *length, int flags);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

#endif
