@testable import SSH

/// Keys that exist on paper only.
enum LoginSamples {
    /// A public key of a type, told apart by a number.
    static func key(_ type: String, _ number: UInt8) -> HostKey {
        var writer = SSHBlobWriter()
        writer.text(type)
        writer.string([UInt8](repeating: number, count: 32))
        guard let key = HostKey(blob: writer.bytes) else { preconditionFailure("a key made here is a key") }
        return key
    }
}
