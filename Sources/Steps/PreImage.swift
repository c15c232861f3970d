/// Shell words with which a step keeps what it is about to change, and puts it back.
///
/// A pre-image is a file in `$HARUN_STATE/pre`, made before the change and only once: a second apply of the
/// same step, as after a lost connection, would keep harun's own work otherwise. The engine journals the
/// hashes of that folder behind every apply, and lets no undo begin where they are not the same any more. It is on the
/// disk before it has its name: after a power cut an empty file would be put back otherwise.
package enum PreImage {
    /// - `kept NAME`: whether there is a pre-image of that name.
    /// - `keep NAME FILE`: keeps a file with its mode, owner and time, or that there is none.
    /// - `keep_output NAME COMMAND…`: keeps what a command prints.
    /// - `put_back NAME FILE`: the file is as it was kept, or gone.
    package static let words = """
        pre=$HARUN_STATE/pre
        kept() { [ -e "$pre/$1" ] || [ -e "$pre/$1.absent" ]; }
        keep() {
            ! kept "$1" || return 0
            [ -d "$pre" ] || mkdir -p "$pre" || return
            if [ -e "$2" ]; then cp -p "$2" "$pre/.new" && sync "$pre/.new" && mv "$pre/.new" "$pre/$1"; else : >"$pre/$1.absent"; fi
        }
        keep_output() {
            ! kept "$1" || return 0
            [ -d "$pre" ] || mkdir -p "$pre" || return
            kept_as=$1; shift
            "$@" >"$pre/.new" && sync "$pre/.new" && mv "$pre/.new" "$pre/$kept_as"
        }
        put_back() {
            if [ -e "$pre/$1" ]; then cp -p "$pre/$1" "$2.harun" && mv -f "$2.harun" "$2"
            elif [ -e "$pre/$1.absent" ]; then rm -f "$2" "$2.harun"; fi
        }
        """
}
