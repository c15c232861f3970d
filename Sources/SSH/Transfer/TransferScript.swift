import Crypto
import Transport

/// The commands around a transfer: what is there, pieces of it, and the proof at its end.
///
/// The hidden name is made from the target's, so that a later try finds what an earlier one left, and is short
/// whatever the target's name is. A file of somebody else under that name, or a link, is removed and never followed.
package enum TransferScript {
    /// The hidden name beside a file under which its content arrives.
    package static func temporary(for path: String) -> String {
        let name = SHA256.hash(data: Array(path.utf8)).hexadecimal.prefix(16)
        return "\(folder(of: path))/.harun-\(name).part"
    }

    /// The folder of a file, `.` for a bare name.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/." : String(path[..<slash])
    }

    /// Prints bytes and checksum of what an earlier upload left, `0` where that cannot be a beginning.
    ///
    /// The rename at the end would put a file in the place of a device or a socket as well.
    static func surveyTarget(_ path: String, size: Int) -> String {
        """
        t=\(temporary(for: path).shellQuoted)
        [ -d \(folder(of: path).shellQuoted) ] || { echo "No such folder" >&2; exit 1; }
        [ ! -d \(path.shellQuoted) ] || { echo "Is a directory" >&2; exit 1; }
        [ ! -e \(path.shellQuoted) ] || [ -f \(path.shellQuoted) ] || { echo "Not a regular file" >&2; exit 1; }
        if [ -f "$t" ] && [ ! -L "$t" ] && [ "$(stat -c '%u %h' -- "$t")" = "$(id -u) 1" ]; then
            s=$(stat -c %s -- "$t")
            if [ "$s" -gt 0 ] && [ "$s" -le \(size) ]; then set -- $(sha256sum <"$t"); echo "$s $1"; exit 0; fi
        fi
        rm -f -- "$t" && echo 0
        """
    }

    /// Takes away what an upload left.
    static func discard(_ path: String) -> String { "rm -f -- \(temporary(for: path).shellQuoted)" }

    /// Prints the KiB and inodes that are free where the file goes.
    static func space(_ path: String) -> String {
        """
        set -- $(df -Pk -- \(folder(of: path).shellQuoted) | tail -n 1); k=$4
        set -- $(df -Pi -- \(folder(of: path).shellQuoted) | tail -n 1); echo "$k $4"
        """
    }

    /// Appends standard input to the hidden file, which must have `offset` bytes.
    static func append(_ path: String, at offset: Int) -> String {
        """
        t=\(temporary(for: path).shellQuoted)
        umask 077
        \(offset == 0 ? "set -C; : >\"$t\" || exit 1" : "[ \"$(stat -c %s -- \"$t\")\" = \(offset) ] || exit 1")
        dd of="$t" bs=1M iflag=fullblock oflag=append conv=notrunc status=none
        """
    }

    /// Reads the hidden file while it grows to `size` bytes, and prints its inode and checksum then.
    ///
    /// `tail` would wait for ever for a file that grows no more, and a lost connection ends no command (libssh2 fact
    /// 7): it looks whether the shell's parent is there, which is the process of sshd that serves this connection.
    static func follow(_ path: String, size: Int) -> String {
        """
        t=\(temporary(for: path).shellQuoted)
        i=$(stat -c %i -- "$t") || exit 1
        set -- $(tail -c +1 -s 0.2 --pid="$PPID" -f -- "$t" | head -c \(size) | sha256sum) && echo "$i $1"
        """
    }

    /// Proves the hidden file's content, gives it owner and mode, brings it to disk, and gives it its name.
    ///
    /// The file's folder is brought to disk as well: without it a power cut might take the name back.
    ///
    /// - Parameter proved: inode and bytes of the file whose checksum the node found right already; another file
    ///   under that name is summed up now.
    static func install(
        _ path: String, digest: String, mode: UInt16, owner: String?, proved: String? = nil
    ) -> String {
        var sum = #"set -- $(sha256sum <"$t")"#
        if let proved {
            sum = "if [ \"$(stat -c '%i %s' -- \"$t\")\" = '\(proved)' ]; then set -- \(digest); else \(sum); fi"
        }
        let chown = owner.map { "chown -- \($0.shellQuoted) \"$t\" || exit 1\n" } ?? ""
        return """
            \(DiskSync.function)
            t=\(temporary(for: path).shellQuoted)
            \(sum)
            [ "$1" = \(digest) ] || { rm -f -- "$t"; echo "what arrived is not what was sent" >&2; exit 1; }
            \(chown)chmod \(String(mode & 0o7777, radix: 8)) -- "$t" || exit 1
            sync -- "$t" && mv -fT -- "$t" \(path.shellQuoted) && sync -- \(folder(of: path).shellQuoted)
            """
    }

    /// Prints bytes and checksum of a file, and the checksum of its first `prefix` bytes.
    static func surveySource(_ path: String, prefix: Int) -> String {
        """
        p=\(path.shellQuoted)
        [ -e "$p" ] || { echo "No such file or directory" >&2; exit 1; }
        [ -f "$p" ] || { echo "Not a regular file" >&2; exit 1; }
        s=$(stat -Lc %s -- "$p"); set -- $(sha256sum <"$p") && [ ${#1} = 64 ] || exit 1
        echo "$s $1"
        \(prefix > 0 ? "head -c \(prefix) <\"$p\" | sha256sum" : "")
        """
    }

    /// Prints a part of a file.
    static func slice(_ path: String, at offset: Int, count: Int) -> String {
        "tail -c +\(offset + 1) <\(path.shellQuoted) | head -c \(count)"
    }
}
