/*
 * What makes a function of ours one that the loader finds in the place of another's.
 */
#ifndef BASE_HOOK_H
#define BASE_HOOK_H

#define HOOK __attribute__((visibility("default")))

#endif
