import Steps

/// What an ext4 file system says of itself, read from its superblock without a mount and past the page cache.
///
/// A mounted ext4 with a journal always has `needs_recovery` set, and so has one that was not unmounted in order. Where
/// no node of the inventory has it mounted, another host may. Offsets: Documentation/filesystems/ext4/super.rst and
/// mmp.rst of the kernel.
struct Ext4Superblock: Sendable, Hashable {
    /// Defines `superblock`, which looks at `DEV`.
    ///
    /// It sets `EXT4` to `clean`, `recovery` (mounted somewhere, or not unmounted in order), `error`, `unreadable` or `fsck`, where
    /// multiple mount protection notes a check: one that was cut off leaves that mark, and it does not age
    /// (`findings/killed-fsck-locks-the-disk.sh`; `EXT4_MMP_SEQ_FSCK` of the kernel),
    /// `MOUNTED` to whether this node's kernel has it mounted, in whatever namespace, `MMP` to `on` or `off`, and
    /// `HOLDER` to the host that multiple mount protection names as the one that has it mounted.
    static let function = """
        superblock() {
            EXT4=unreadable; MMP=off; HOLDER=; MOUNTED=no
            [ ! -d "/sys/fs/ext4/${DEV##*/}" ] || MOUNTED=yes
            # shellcheck disable=SC2046
            set -- $(dd if="$DEV" bs=4096 count=1 iflag=direct status=none | od -An -v -tu1 -w512 -j1024 -N512)
            [ "$#" = 512 ] && [ "${57} ${58}" = '83 239' ] || return 0
            if [ $((${59} & 2)) != 0 ]; then EXT4=error
            elif [ $((${97} & 4)) != 0 ] || [ $((${59} & 1)) = 0 ]; then EXT4=recovery
            else EXT4=clean; fi
            [ $((${98} & 1)) != 0 ] || return 0
            MMP=on
            set -- $((1024 << ${25})) $((${361} + (${362} << 8) + (${363} << 16) + (${364} << 24) + (${365} << 32) + (${366} << 40)))
            HOLDER=$(dd if="$DEV" bs="$1" skip="$2" count=1 iflag=direct status=none | dd bs=1 skip=16 count=64 status=none | tr -dc 'A-Za-z0-9._-')
            # shellcheck disable=SC2046
            set -- $(dd if="$DEV" bs="$1" skip="$2" count=1 iflag=direct status=none | od -An -v -tu1 -w8 -N8)
            case "$*" in
            '80 77 77 0 80 77 77 255') HOLDER=;;
            '80 77 77 0 80 77 77 226') EXT4=fsck;;
            '80 77 77 0 '*) : "${HOLDER:=a host without a name}"; [ "$EXT4" != clean ] || EXT4=recovery;;
            *) EXT4=unreadable;;
            esac
        }
        """

    /// Reports what `superblock` found as facts.
    static let report = """
        superblock
        fact ext4 "$EXT4"
        fact ext4.mounted "$MOUNTED"
        fact mmp "$MMP"
        fact mmp.holder "$HOLDER"
        """
}
