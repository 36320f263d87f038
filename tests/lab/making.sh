# What each make-machine needs, to be sourced by it. Exit 3: something cannot be had, which is to be
# counted as skipped.
# shellcheck shell=bash

PATH=$PATH:/usr/sbin:/sbin

say() { printf 'make-machine: %s\n' "$*" >&2; }
cannot() {
    say "$*"
    exit 3
}

# need "DEBIAN PACKAGES" TOOL...
need() {
    local packages=$1 tool
    shift
    for tool; do
        command -v "$tool" >/dev/null || cannot "$tool is not installed (Debian packages: $packages)"
    done
}

# Whether the file $1 was made of what the other words say; `made` remembers it for the next time.
fresh() {
    local file=$1
    shift
    [ -e "$file" ] && [ "$(cat "$file.made-of" 2>/dev/null)" = "$(printf '%s\n' "$@" | sha256sum)" ]
}
made() {
    local file=$1
    shift
    printf '%s\n' "$@" | sha256sum > "$file.made-of"
}

# debian_root DIRECTORY SUITE ARCHITECTURE PACKAGE,... [VARIANT]: unpacked only, so that nothing of it
# runs, unless another of mmdebstrap's variants is named. What is there of the same packages is kept.
debian_root() {
    local root=$1
    fresh "$@" && return
    rm -rf "$root"
    mmdebstrap --quiet --variant="${5:-extract}" --arch="$3" --include="$4" "$2" "$root" >/dev/null 2>&1 ||
        cannot "mmdebstrap cannot get Debian's $2 for $3"
    rm -rf "$root"/usr/share/{doc,man,locale} "$root"/var/cache/apt "$root"/var/lib/apt
    made "$@"
}

# A machine's names: root and Debian's users, and a DNS server of its own.
settle() {
    local root=$1 file
    for file in passwd group; do cp -n "$root/usr/share/base-passwd/$file.master" "$root/etc/$file"; done
    echo '127.0.0.1 localhost' > "$root/etc/hosts"
    echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
    echo 'nameserver 127.0.0.1' > "$root/etc/resolv.conf"
}

disk() { # FILE DIRECTORY SIZE
    rm -f "$1"
    mke2fs -q -t ext4 -O '^has_journal' -E root_owner=0:0 -d "$2" "$1" "$3"
}
