/* What Swift's module of glibc leaves out: how its allocator is set. */
#ifndef CLIBC_SHIM_H
#define CLIBC_SHIM_H

#include <malloc.h>

#endif
