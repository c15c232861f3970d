package import Documents
package import Steps
package import Transport

/// Puts a file with given content, owner root and mode in place, and takes it back exactly.
///
/// The content stands in the script, which every user of the node can read while it runs: not for secrets.
package struct FileWrite: Action {
    package static let kind = "file.write"

    private let path: String
    private let content: String
    private let mode: String
    private let reload: Bool

    package let stepClass = StepClass.converge
    package let undo = Undo.exact
    package let scope = Scope.node
    package var summary: String { "write \(path)" }

    package init?(reading with: TableReader, peers: [Peer]) {
        let path = with.requiredPath("path")
        let content = with.required("content")
        let text = with.convert(content, key: "content", expected: "a string") { $0.string }
        if let text, let content, text.utf8.contains(0) {
            with.fail("`content` must not hold NUL characters", at: content.location)
        }
        mode = with.string("mode") ?? "0644"
        if mode.wholeMatch(of: /0?[0-7]{3}/) == nil {
            with.fail("`mode` must be octal, such as \"0644\"", at: with.value("mode")?.location ?? with.location)
            return nil
        }
        reload = with.boolean("reload") ?? false
        guard let path, let text, !text.utf8.contains(0) else { return nil }
        self.path = path
        self.content = text
    }

    /// What both scripts know: the file, its content and whether it is as it should be.
    private var words: String {
        let octal = mode.drop { $0 == "0" }
        return """
            file=\(path.shellQuoted); pending=/run/harun/reload-pending
            # shellcheck disable=SC2016
            content() { printf %s \(content.shellQuoted); }
            guard() {
                [ ! -L "$file" ] || refuse "$file is a symbolic link; remove it, or write to the file behind it"
                [ ! -d "$file" ] || refuse "$file is a folder"
            }
            is_ours() { [ -f "$file" ] && content | cmp -s - "$file"; }
            has_mode() { [ "$(stat -c '%a %u:%g' "$file")" = '\(octal.isEmpty ? "0" : String(octal)) 0:0' ]; }
            """
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(words)
            guard
            [ -e "$file" ] || needed "$file does not exist"
            is_ours || needed "$file has other content"
            has_mode || needed "$file has another mode or owner"
            \(reload ? "[ ! -e \"$pending\" ] || needed 'systemd has not read it yet'" : "")
            satisfied
            """)
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        Script(
            """
            \(words)
            \(PreImage.words)
            missing() {
                folder=${file%/*}
                while [ -n "$folder" ] && [ ! -d "$folder" ]; do
                    printf '%s\\n' "$folder"; folder=${folder%/*}
                done
            }
            set -e
            guard
            keep_output folders missing
            keep file "$file"
            \(reload ? "mkdir -p /run/harun; : >\"$pending\"" : "")
            mkdir -p "${file%/*}"
            new=${file%/*}/.${file##*/}.harun
            trap 'rm -f "$new"' EXIT
            content >"$new"
            chown 0:0 "$new"; chmod \(mode) "$new"
            mv -f "$new" "$file"
            \(reload ? "systemctl daemon-reload; rm -f \"$pending\"" : "")
            """)
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(words)
            \(PreImage.words)
            set -e
            guard
            kept file || exit 0
            if [ -e "$pre/file" ]; then
                cmp -s "$pre/file" "$file" || is_ours ||
                    refuse "$file was changed since; its earlier content is in $pre/file"
            else
                [ ! -e "$file" ] || is_ours || refuse "$file was changed since; remove it yourself if it is not needed"
            fi
            rm -f "${file%/*}/.${file##*/}.harun"
            put_back file "$file"
            while read -r folder; do rmdir "$folder" 2>/dev/null || :; done <"$pre/folders"
            \(reload ? "systemctl daemon-reload; rm -f \"$pending\"" : "")
            """)
    }
}
