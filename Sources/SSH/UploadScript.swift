import Crypto
import Transport

/// The command that writes a file: content on standard input, proof of arrival in the script.
///
/// A command and not SFTP, for every user and size: SFTP has no `sudo`, needs a subsystem that hardened
/// servers switch off, and would be a second protocol with its own proof of success. A channel's window of
/// 2 MiB keeps the line as full as SFTP's pipelining would.
///
/// The checksum is not politeness: a lost connection looks to the remote side like the end of the input,
/// and a file cut short must never get its name. The content is on disk before the rename; the rename
/// itself becomes durable with the file system's next commit.
struct UploadScript {
    /// Bytes a second that even a slow line carries; for the deadline.
    private static let slowestRate = 256 * 1024

    let command: Command

    /// - Parameters:
    ///   - path: where the file goes; a symbolic link there is replaced, not followed.
    ///   - mode: permission bits, in force before the first byte is written.
    init(_ bytes: [UInt8], to path: String, mode: UInt16) {
        let digest = SHA256.hash(data: bytes).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        let bits = mode & 0o7777
        // A umask sets plain permissions without starting a process.
        let isPlain = bits & ~0o666 == 0
        let umask = isPlain ? 0o666 & ~bits : 0o077
        let chmod = isPlain ? "" : "chmod \(String(bits, radix: 8)) \"$t\" || exit 1\n"
        let script = """
            p=\(path.shellQuoted)
            t=$p.\(EnvelopeNonce().firstHalf).harun
            trap 'rm -f -- "$t"' EXIT
            trap 'exit 143' HUP INT TERM
            umask \(String(umask, radix: 8)); set -C
            : >"$t" || exit 1
            \(chmod)dd of="$t" bs=1M iflag=fullblock conv=notrunc,fsync status=none || exit 1
            set -- $(sha256sum <"$t")
            [ "$1" = \(digest) ] || { echo "what arrived is not what was sent" >&2; exit 1; }
            mv -fT -- "$t" "$p" || exit 1
            trap - EXIT
            """
        command = Command(script, input: bytes, timeout: .seconds(60 + bytes.count / Self.slowestRate))
    }

    /// Why the script failed, in one line.
    static func reason(status: UInt8, stderr: String) -> String {
        stderr.split(separator: "\n").last.map(String.init) ?? "exit code \(status)"
    }
}
