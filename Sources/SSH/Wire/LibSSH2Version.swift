import CLibSSH2

/// The libssh2 that the process runs with, which may be newer than the one it was built with.
enum LibSSH2Version {
    /// For people.
    static let text = libssh2_version(0).map { String(cString: $0) } ?? "?"

    /// Whether it signs with RSA in a way that current servers accept (libssh2 fact 2).
    static let canUseRSA = libssh2_version(0x010B00) != nil

    /// Whether it logs in with certificates and with keys whose private half is in a security key (libssh2 fact 23).
    static let canUseCertificates = libssh2_version(0x010B00) != nil
}
