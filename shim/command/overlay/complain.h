/*
 * Messages of an overlay at work, to whoever has started what he takes for a shim.
 */
#ifndef OVERLAY_COMPLAIN_H
#define OVERLAY_COMPLAIN_H

/* One line on standard error, with the command's name in front. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

#endif
