/*
 * The original behind our getaddrinfo.
 */
#ifndef PRELOAD_GETADDRINFO_H
#define PRELOAD_GETADDRINFO_H

/*
 * Finds it now, if that has not been done. To be called before a bridge is made to ask us: it does
 * so from threads of its own, and finding takes the loader's lock. A create may be called by a
 * constructor, and so with that lock held by the very thread that waits for those. Any thread.
 */
void getaddrinfo_bind(void);

#endif
