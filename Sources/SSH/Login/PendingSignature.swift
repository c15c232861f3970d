import CLibSSH2
import Glibc
import Synchronization

/// A signature on its way: libssh2 asks for it until it is there (libssh2 fact 10).
final class PendingSignature: Sendable {
    /// Where it stands.
    enum State: Sendable {
        case unasked
        case waiting
        case made([UInt8])
        case failed(String)
    }

    private let current = Mutex(State.unasked)
    private let start: @Sendable (_ message: [UInt8], _ pending: PendingSignature) -> Void

    /// - Parameter start: begins to sign, and owes a ``finish(_:)``, now or later and on any thread.
    init(_ start: @escaping @Sendable (_ message: [UInt8], _ pending: PendingSignature) -> Void) { self.start = start }

    /// Where it stands.
    var state: State { current.withLock { $0 } }

    /// Notes the signature, or why there is none.
    func finish(_ result: Result<[UInt8], some Error>) {
        current.withLock { state in
            switch result {
            case .success(let signature): state = .made(signature)
            case .failure(let error): state = .failed("\(error)")
            }
        }
    }

    private func ask(_ message: UnsafeRawBufferPointer) -> State {
        let isFirst = current.withLock { state in
            guard case .unasked = state else { return false }
            state = .waiting
            return true
        }
        if isFirst { start(Array(message), self) }
        return state
    }

    /// libssh2's way to ask; its last argument points to an unretained pending signature.
    static let callback: harun_sign_fn = { _, signature, length, message, count, abstract in
        guard let signature, let length, let message, let pending = abstract?.pointee else { return -1 }
        let bytes = UnsafeRawBufferPointer(start: message, count: count)
        switch Unmanaged<PendingSignature>.fromOpaque(pending).takeUnretainedValue().ask(bytes) {
        case .unasked, .waiting: return LIBSSH2_ERROR_EAGAIN
        case .failed: return -1
        case .made(let made):
            // libssh2 frees it.
            guard let memory = malloc(made.count) else { return -1 }
            UnsafeMutableRawBufferPointer(start: memory, count: made.count).copyBytes(from: made)
            signature.pointee = memory.assumingMemoryBound(to: UInt8.self)
            length.pointee = made.count
            return 0
        }
    }
}
