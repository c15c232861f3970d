/// What `sudo` lets a user other than root run on a node.
package enum SudoWay: String, Sendable, Hashable, CaseIterable {
    /// Any program: `USER ALL=(ALL) NOPASSWD: ALL`.
    case all
    /// ``wrapper`` alone, which writes each script down before it runs it.
    case wrapper

    /// The program of ``SudoWay/wrapper``; `runbooks/sudo-wrapper` installs it.
    package static let wrapperPath = "/usr/local/sbin/harun-root"
}
