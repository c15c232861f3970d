import Glibc

/// A listener on loopback that is no SSH server: it says what a test tells it to, as fast as it is taken.
///
/// One connection at a time, on a thread of its own. The bytes repeat for ever or end with silence.
package final class HostileServer: Sendable {
    package let address = "127.0.0.1"
    package let port: UInt16
    private let descriptor: CInt

    /// What it does with a connection.
    package enum Manner: Sendable {
        /// These bytes again and again.
        case endless(String)
        /// These bytes once, one at a time with a pause, then silence.
        case dripping(String)
        /// These bytes, then the end of the connection.
        case hangingUp(String)
    }

    /// Begins to listen.
    package init(_ manner: Manner) throws(ChildProcess.Failure) {
        let listener = try LoopbackListener()
        (port, descriptor) = (listener.port, listener.descriptor)
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Service(descriptor: descriptor, manner: manner))
        pthread_create(
            &thread, nil,
            { raw in
                if let raw { Unmanaged<Service>.fromOpaque(raw).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }

    deinit { shutdown(descriptor, CInt(SHUT_RDWR)) }

    /// The listener's thread; it closes the listener when that is shut down.
    private final class Service: Sendable {
        private let descriptor: CInt
        private let manner: Manner

        init(descriptor: CInt, manner: Manner) {
            self.descriptor = descriptor
            self.manner = manner
        }

        func run() {
            while true {
                let peer = LoopbackListener.accept(descriptor)
                guard peer >= 0 else { break }
                serve(peer)
                close(peer)
            }
            close(descriptor)
        }

        private func serve(_ peer: CInt) {
            switch manner {
            case .endless(let text):
                let bytes = Array(String(repeating: text, count: 1 + 65536 / max(1, text.utf8.count)).utf8)
                while say(bytes, to: peer) {}
            case .dripping(let text):
                for byte in text.utf8 {
                    guard say([byte], to: peer) else { return }
                    poll(nil, 0, 1)
                }
                var byte: UInt8 = 0
                while recv(peer, &byte, 1, 0) > 0 {}
            case .hangingUp(let text):
                _ = say(Array(text.utf8), to: peer)
            }
        }

        private func say(_ bytes: [UInt8], to peer: CInt) -> Bool {
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes { send(peer, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
                guard sent > 0 else { return false }
                rest = rest.dropFirst(sent)
            }
            return true
        }
    }
}
