/// A libssh2 result code, so that call sites compare names and not numbers.
struct LibSSH2Code: RawRepresentable, Hashable, Sendable {
    var rawValue: CInt

    static let socketNone = Self(rawValue: -1)
    static let bannerReceive = Self(rawValue: -2)
    static let bannerSend = Self(rawValue: -3)
    static let invalidMAC = Self(rawValue: -4)
    static let kexFailure = Self(rawValue: -5)
    static let socketSend = Self(rawValue: -7)
    static let keyExchangeFailure = Self(rawValue: -8)
    static let timeout = Self(rawValue: -9)
    static let hostKeyInit = Self(rawValue: -10)
    static let hostKeySign = Self(rawValue: -11)
    static let decrypt = Self(rawValue: -12)
    static let socketDisconnect = Self(rawValue: -13)
    static let protocolBroken = Self(rawValue: -14)
    static let passwordExpired = Self(rawValue: -15)
    static let file = Self(rawValue: -16)
    static let methodNone = Self(rawValue: -17)
    static let authenticationFailed = Self(rawValue: -18)
    static let publicKeyUnverified = Self(rawValue: -19)
    static let channelFailure = Self(rawValue: -21)
    static let channelRequestDenied = Self(rawValue: -22)
    static let channelClosed = Self(rawValue: -26)
    static let channelEOFSent = Self(rawValue: -27)
    static let again = Self(rawValue: -37)
    static let methodNotSupported = Self(rawValue: -33)
    static let socketReceive = Self(rawValue: -43)

    /// Whether the connection itself is gone, so that no other call can succeed either.
    var isConnectionLoss: Bool {
        switch self {
        case .socketNone, .bannerReceive, .bannerSend, .socketSend, .socketDisconnect, .socketReceive: true
        default: false
        }
    }
}
