import Transport

/// The few words every script of an action may use, and the exit codes behind them.
///
/// A probe ends with one of `satisfied`, `needed WHY` or `refuse WHY`; whatever else it ends with is a
/// probe that failed, never a reason to change something. The codes stay clear of those that shells
/// and `set -e` produce by themselves (1, 2, 126, 127).
package enum ScriptPrelude {
    /// The exit code of `satisfied`.
    package static let satisfied: UInt8 = 0
    /// The exit code of `needed`.
    package static let needed: UInt8 = 10
    /// The exit code of `refuse`.
    package static let refused: UInt8 = 20

    /// Shell functions, put before every script.
    ///
    /// `fact KEY VALUE` reports one line; `blob KEY` reports its standard input, whatever bytes it has;
    /// `secret KEY` does the same for what must never be journaled or shown.
    package static let text = """
        set -u
        fact() { k=$1; shift; printf 'fact %s %s\\n' "$k" "$*"; }
        blob() { printf 'blob %s %s\\n' "$1" "$(base64 -w0)"; }
        secret() { printf 'secret %s %s\\n' "$1" "$(base64 -w0)"; }
        satisfied() { exit 0; }
        needed() { printf 'note %s\\n' "$*"; exit 10; }
        refuse() { printf 'note %s\\n' "$*"; exit 20; }

        """ + DiskSync.function
}
