import Crypto
import Glibc
import Synchronization

/// A file of this machine on its way to a node: read once, in order and ahead of the sender, hashed on the way.
///
/// Reading blocks, so it happens in ``BlockingPool`` while the loop encrypts what was read before.
final class LocalSource: Sendable {
    private static let slice = 1 << 19
    private static let slicesAhead = 2

    private struct State {
        var hash = SHA256()
        var offset = 0
        var ready: [[UInt8]] = []
        var isReading = false
        var failure: FileError?
    }

    /// Bytes of the file when it was opened; what it gains later is left out.
    let size: Int
    private let descriptor: CInt
    private let state = Mutex(State())

    /// Opens a regular file; blocks.
    static func open(_ path: String) -> Result<LocalSource, FileError> {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .failure(FileError(code: errno)) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            Glibc.close(descriptor)
            return .failure(FileError(code: EINVAL))
        }
        return .success(LocalSource(descriptor, size: Int(status.st_size)))
    }

    private init(_ descriptor: CInt, size: Int) {
        self.descriptor = descriptor
        self.size = size
    }

    deinit { Glibc.close(descriptor) }

    /// The checksum of everything read so far, in hexadecimal.
    var digest: String { state.withLock { $0.hash.finalize().hexadecimal } }

    /// Reads and hashes up to `limit` bytes, fewer only at the end; blocks.
    func read(_ limit: Int) -> Result<[UInt8], FileError> {
        let offset = state.withLock { $0.offset }
        let wanted = min(limit, size - offset)
        var failure: CInt = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            while count < wanted {
                let got = pread(descriptor, buffer.baseAddress.map { $0 + count }, wanted - count, offset + count)
                if got < 0, errno == EINTR { continue }
                if got <= 0 {
                    // Shorter than it was: somebody writes it right now.
                    failure = got < 0 ? errno : ESTALE
                    return
                }
                count += got
            }
        }
        guard failure == 0 else { return .failure(FileError(code: failure)) }
        state.withLock {
            $0.hash.update(data: bytes)
            $0.offset += bytes.count
        }
        return .success(bytes)
    }

    /// Reads and hashes `count` bytes that need not be sent, and answers the checksum up to there; blocks.
    func skip(_ count: Int) -> Result<String, FileError> {
        var left = count
        while left > 0 {
            switch read(min(left, Self.slice)) {
            case .success(let bytes): left -= bytes.count
            case .failure(let error): return .failure(error)
            }
        }
        return .success(digest)
    }

    /// Starts again at the first byte.
    func rewind() { state.withLock { $0 = State() } }

    /// The next slice, if it is there already; more are read meanwhile.
    ///
    /// - Parameter wake: called from another thread whenever a slice became ready or could not be read.
    func take(_ wake: @escaping @Sendable () -> Void) throws(FileError) -> [UInt8]? {
        let (slice, failure, mustRead) = state.withLock { state in
            let slice = state.ready.isEmpty ? nil : state.ready.removeFirst()
            let mustRead =
                !state.isReading && state.failure == nil && state.ready.count < Self.slicesAhead && state.offset < size
            if mustRead { state.isReading = true }
            return (slice, state.failure, mustRead)
        }
        if mustRead { BlockingPool.shared.submit { [self] in readAhead(wake) } }
        if slice == nil, let failure { throw failure }
        return slice
    }

    private func readAhead(_ wake: @Sendable () -> Void) {
        var goesOn = true
        while goesOn {
            let result = read(Self.slice)
            goesOn = state.withLock { state in
                switch result {
                case .success(let bytes): state.ready.append(bytes)
                case .failure(let error): state.failure = error
                }
                state.isReading =
                    state.failure == nil && state.ready.count < Self.slicesAhead && state.offset < size
                return state.isReading
            }
            wake()
        }
    }
}

extension SHA256.Digest {
    /// The digest as `sha256sum` prints it.
    var hexadecimal: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
