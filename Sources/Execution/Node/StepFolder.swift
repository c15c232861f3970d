import Journaling
import Steps
import Transport

/// What is done around a step's scripts with its folder on the node, `$HARUN_STATE`.
///
/// Actions keep what they are about to change in `$HARUN_STATE/pre`; here its hashes are taken for the
/// journal, and compared with it before anything is put back from there.
enum StepFolder {
    /// Before an apply: the folder is there, and is a new one where the step was taken back in this run before.
    ///
    /// What it held then is kept beside it once, since files of a cluster that was left are in there.
    static let renew = """
        if [ -e "$HARUN_STATE/taken-back" ]; then
            rm -rf "$HARUN_STATE.before" && mv "$HARUN_STATE" "$HARUN_STATE.before" || exit 73
        fi
        \(make)
        """

    /// The folder is there, and root's alone.
    static let make = """
        [ -d "$HARUN_STATE/pre" ] || (umask 077; mkdir -p "$HARUN_STATE/pre") || exit 73
        """

    /// Behind an apply, however it ended: a fact for each pre-image, with one process where there is any.
    static let report = """
        (set -- "$HARUN_STATE"/pre/*; [ ! -e "$1" ] || sha256sum "$@" | while read -r hash file; do
            printf 'fact \(RunState.preImage)%s %s\\n' "${file##*/}" "$hash"
        done)
        """

    /// Before an undo: nothing is put back from what is not as it was journaled.
    ///
    /// - Parameter hashes: the journaled ones by name; none where the apply's answer was lost.
    static func check(_ hashes: [String: String]) -> String {
        if hashes.isEmpty { return "" }
        let lines = hashes.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)" }
        return """
            wrong=$(cd "$HARUN_STATE/pre" 2>/dev/null && printf '%s\\n' \(lines.map(\.shellQuoted).joined(separator: " ")) |
                sha256sum --quiet -c - 2>/dev/null) || {
                wrong=$(printf %s "${wrong:-its folder is gone}" | tr '\\n' ' ')
                refuse "what was kept in $HARUN_STATE/pre is not what it was: $wrong"
            }
            """
    }

    /// Behind an undo that ended well.
    static let mark = ": >\"$HARUN_STATE/taken-back\""

    /// Takes in a line that an apply printed, where it is the hash of a pre-image.
    static func take(_ line: ArraySlice<UInt8>, into hashes: inout [String: String]) -> Bool {
        guard line.starts(with: fact) else { return false }
        var found = Observation(code: nil)
        found.take(String(decoding: line, as: UTF8.self))
        hashes.merge(preImages(among: found.facts)) { $1 }
        return true
    }

    /// The hashes of pre-images among facts, by name.
    static func preImages(among facts: [String: String]) -> [String: String] {
        var hashes: [String: String] = [:]
        for (name, hash) in facts where name.hasPrefix(RunState.preImage) {
            hashes[String(name.dropFirst(RunState.preImage.count))] = hash
        }
        return hashes
    }

    private static let fact = Array("fact \(RunState.preImage)".utf8)
}
