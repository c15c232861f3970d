import Crypto
import Transport

/// The command that writes a file: content on standard input, proof of arrival in the script.
///
/// For content that is in memory anyway: one round trip, and it works under `sudo`. Whole files go another
/// way, see ``FileUpload`` and `docs/decisions/0011-file-transfer.md`.
///
/// The checksum is not politeness: a lost connection looks to the remote side like the end of the input,
/// and a file cut short must never get its name. The content is on disk before the rename; the rename
/// itself becomes durable with the file system's next commit.
struct UploadScript {
    let command: Command

    /// - Parameters:
    ///   - path: where the file goes; a symbolic link there is replaced, not followed.
    ///   - mode: permission bits, in force before the first byte is written.
    init(_ bytes: [UInt8], to path: String, mode: UInt16) {
        let digest = SHA256.hash(data: bytes).hexadecimal
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
        command = Command(script, input: bytes, timeout: TransferLimit.whole(bytes.count))
    }

    /// Why the script failed, in one line.
    static func reason(status: UInt8, stderr: String) -> String {
        stderr.split(separator: "\n").last.map { String($0).safeForTerminal } ?? "exit code \(status)"
    }
}
