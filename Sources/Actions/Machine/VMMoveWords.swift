/// What the move of a machine and its way back both ask about images.
///
/// No clock is compared with another: a copy is untouched where its inode, size and times are *the same* as when it
/// was made. Whatever starts a machine changes them; libvirt alone, by giving the file to QEMU's user.
enum VMMoveWords {
    /// - `mounted`: whether something is mounted at `$M`.
    /// - `same FORMAT A B`: whether two images hold the same, each with all that is below it.
    /// - `touched FILE`: what changes with every use for writing.
    /// - `sealed FILE`: whether the file on the LUN is a copy as harun left it.
    /// - `based_on FILE`: whether an image on the LUN at `$root` lies over the file; sets `based`.
    static let questions = """
        mounted() { while read -r _ where _; do [ "$where" = "$M" ] && return 0; done </proc/mounts; return 1; }
        now() { read -r up _ </proc/uptime; echo "${up%%.*}"; }
        same() {
            case $1 in file) cmp -s "$2" "$3";; *) qemu-img compare -q -f "$1" -F "$1" "$2" "$3";; esac
        }
        touched() { stat -c '%i %s %.9Y %.9Z' "$1"; }
        sealed() { [ "$(cat "$1.harun-copy" 2>/dev/null)" = "$N $(stat -c '%i %s %.9Y' "$1")" ]; }
        based_on() {
            based=$(find "$root" -xdev -type f -size +0 ! -path "$1" | while IFS= read -r file; do
                [ "$(head -c 3 "$file" | tr -d '\\0')" = QFI ] || continue
                below=$(qemu-img info -U "$file" 2>/dev/null </dev/null | sed -n 's/^backing file: //p'); below=${below%% (actual*}
                [ "${below##*/}" != "${1##*/}" ] || { echo "$file"; break; }
            done)
            [ "$based" ]
        }
        """
}
