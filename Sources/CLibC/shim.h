/* What Swift's module of glibc leaves out: how its allocator is set, and GNU's own ways to inherit no descriptor. */
#ifndef CLIBC_SHIM_H
#define CLIBC_SHIM_H

#include <malloc.h>

/* Declared by hand, and under names of their own: a header of glibc's that is read here as well belongs to this module
   wherever that is loaded first, and Swift's own module of glibc then lacks what is in it. */
extern int libc_accept4(int listener, void *peer, void *length, int flags) __asm__("accept4");
extern int libc_spawn_closes_from(void *actions, int from) __asm__("posix_spawn_file_actions_addclosefrom_np");

#endif
