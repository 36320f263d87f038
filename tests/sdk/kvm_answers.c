/*
 * For an SDK process on a machine without KVM: answers what boxlite asks of /dev/kvm before it
 * starts a box, which is a virtual machine with one processor that halts at its first instruction
 * (linux/kvm.h). Loaded with LD_PRELOAD, next to the preload under test; /dev/kvm is a plain file.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RUN_AREA_SIZE = 4096, API_VERSION = 12 };

/* The processor: a mapping of it shows why it stopped. */
static int create_vcpu(void)
{
    const __u32 reason = KVM_EXIT_HLT;
    const int file = memfd_create("vcpu", MFD_CLOEXEC);

    if (file >= 0 && (ftruncate(file, RUN_AREA_SIZE) != 0 ||
                      pwrite(file, &reason, sizeof(reason),
                             offsetof(struct kvm_run, exit_reason)) != (ssize_t)sizeof(reason))) {
        close(file);
        errno = ENOMEM;
        return -1;
    }
    return file;
}

__attribute__((visibility("default"))) int ioctl(int file, unsigned long request, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (_IOC_TYPE(request) != KVMIO) {
        return (int)syscall(SYS_ioctl, file, request, argument);
    }
    switch (request) {
    case KVM_GET_API_VERSION:
        return API_VERSION;
    case KVM_GET_VCPU_MMAP_SIZE:
        return RUN_AREA_SIZE;
    case KVM_CREATE_VM:
        return memfd_create("vm", MFD_CLOEXEC);
    case KVM_CREATE_VCPU:
        return create_vcpu();
    default:
        return 0; /* memory, registers, run: done */
    }
}
