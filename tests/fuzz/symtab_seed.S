/* The smallest object with the two variables that are looked for, and others around them.
 * corpus/symtab was made of it, see `make fuzz-elf-seeds`. */

    .macro VARIABLE name, size
    .balign 8
    .type "\name", @object
    .size "\name", \size
"\name":
    .zero \size
    .endm

    .data
VARIABLE "net.confVal.more", 8
VARIABLE "other/net.confVal", 8
VARIABLE "net.confVal", 8
VARIABLE "net.confOnce", 12
VARIABLE "last", 12
