import Crypto
import Transport

/// The words around a script that make its end provable.
///
/// A server that loses or closes a channel can look like success (libssh2 fact 6), so the remote shell
/// itself reports on both streams: `NONCE:PID` before the script and `NONCE:STATUS` after it. The script
/// runs in a subshell, so `exit`, a syntax error, `set -e` or `exec` end the subshell and not the report.
/// Nothing begins before harun has heard of it: the script waits for a line on standard input, which is sent
/// once a report came (see ``RunningCommand/wasToldToBegin``). Only shell built-ins surround it: no process is
/// started beyond the shell that sshd starts anyway, and that shell leads its process group. The request holds no line break, which csh could not read; `${IFS#??}` is
/// how the wrapper names one. The language of messages is English, whatever `LANGUAGE` says. See `docs/decisions/0003-exit-status-trailer.md`.
struct CommandEnvelope: Sendable, Hashable {
    /// Longer scripts travel on standard input: an SSH packet holds 32 KiB, an argument 128 KiB.
    static let longestArgument = 24_000

    /// Where programs are looked for before the user's own `PATH`: what harun reads must be the system's tools, root's
    /// among them.
    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// What goes into the exec request.
    let request: String
    /// What the remote shell must find on standard input before the command's own input: the line that lets the
    /// script begin, and a long script itself.
    let inputPrefix: [UInt8]

    /// Wraps a script.
    ///
    /// - Parameters:
    ///   - script: POSIX `sh` source without NUL.
    ///   - sudo: how to become root through `sudo -n`; nil for whoever logs in.
    ///   - nonce: see ``EnvelopeNonce``.
    init(script: String, sudo: SudoWay?, nonce: EnvelopeNonce) {
        if sudo == .wrapper {
            (request, inputPrefix) = Self.recorded(Array(script.utf8), nonce)
            return
        }
        let lines = Self.words(script)
        let isLong = lines.utf8.count > Self.longestArgument
        let text = isLong ? Array((script + "\n#\(nonce.text)").utf8) : []
        inputPrefix = [UInt8(ascii: "\n")] + text
        // A script cut short by a lost connection must not run: its last line has to be there.
        let body =
            isLong
            ? """
            (s=$(head -c \(text.count)); case $s in *\(nonce.argument)) \
            eval "unset i s; set --${IFS#??}$s";; *) exit 125;; esac)
            """
            : #"(i=$IFS; IFS=${IFS#??}; s="$*"; IFS=$i; eval "unset i s; set --${IFS#??}$s")"#
        let wrapper = """
            export LC_ALL=C.UTF-8 PATH=\(Self.path)"${PATH:+:$PATH}"; unset LANGUAGE; \(Self.report("$$", nonce)); \
            read -r i || exit 125; \(body); set -- $?; \(Self.report("$1", nonce)); exit $1
            """
        let shell =
            (sudo == nil ? "exec " : Self.sudo)
            + "/bin/sh -c \(Self.quoted(wrapper)) sh"
        request = isLong ? shell : "\(shell) \(lines)"
    }

    /// The request where a program on the node does what the words around a script do elsewhere.
    ///
    /// It gets the script on standard input and not in pieces as its arguments, so that it can write down exactly what
    /// it runs; what is data comes behind it. Its checksum, which sudo logs too, makes half a script never run. See
    /// `runbooks/sudo-wrapper/harun-root`.
    private static func recorded(
        _ script: [UInt8], _ nonce: EnvelopeNonce
    ) -> (request: String, inputPrefix: [UInt8]) {
        let digest = SHA256.hash(data: script).hexadecimal
        let words = "1 \(nonce.firstHalf) \(nonce.secondHalf) \(script.count) \(digest)"
        return ("\(sudo)\(SudoWay.wrapperPath) \(words)", [UInt8(ascii: "\n")] + script)
    }

    /// sudo speaks before the script's shell does.
    private static let sudo = "exec env LC_ALL=C.UTF-8 LANGUAGE= sudo -n -- "

    /// The nonce is printed from two words, so that it stands whole in no process list and in no trace.
    private static func report(_ value: String, _ nonce: EnvelopeNonce) -> String {
        let line = "printf '%s%s:%d\\n' \(nonce.firstHalf) \(nonce.secondHalf) \(value)"
        return "\(line); \(line) >&2"
    }

    /// One word for each line: csh knows no way to write a line break inside of one that other shells know too.
    private static func words(_ script: String) -> String {
        script.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { quoted(String($0)) }.joined(separator: " ")
    }

    /// One word for whatever shell the user logs in with.
    ///
    /// Inside single quotes fish still reads backslashes and csh exclamation marks; outside of them a
    /// backslash protects both in every shell.
    private static func quoted(_ text: String) -> String {
        var word = "'"
        for character in text.unicodeScalars {
            switch character {
            case "'", "\\", "!": word += "'\\\(character)'"
            default: word.unicodeScalars.append(character)
            }
        }
        return word + "'"
    }
}
