import Crypto
import Glibc
import Synchronization

/// A file of this machine that is being fetched: under a hidden name until its content is proved.
///
/// Writing and hashing block, so both happen in ``BlockingPool``.
final class LocalTarget: Sendable {
    /// Bytes that may wait for the disk before no more are asked for.
    private static let mostPending = 8 << 20

    private struct State {
        var pending: [(offset: Int, bytes: [UInt8])] = []
        var pendingBytes = 0
        var isWriting = false
        var failure: FileError?
    }

    let path: String
    private let temporary: String
    private let descriptor: CInt
    private let state = Mutex(State())

    /// Opens what an earlier try left, or a new file; blocks.
    static func open(_ path: String) -> Result<LocalTarget, FileError> {
        let temporary = TransferScript.temporary(for: path)
        let descriptor = Glibc.open(temporary, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return .failure(FileError(code: errno)) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_nlink == 1
        else {
            Glibc.close(descriptor)
            return .failure(FileError(code: EEXIST))
        }
        return .success(LocalTarget(path, temporary, descriptor))
    }

    private init(_ path: String, _ temporary: String, _ descriptor: CInt) {
        self.path = path
        self.temporary = temporary
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }

    /// Bytes that lie there.
    var size: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Whether more bytes may come.
    var isReady: Bool { state.withLock { $0.pendingBytes < Self.mostPending } }

    /// Whether everything was handed to the system.
    ///
    /// - Throws: the first write that failed.
    func isWritten() throws(FileError) -> Bool {
        let (failure, isWritten) = state.withLock { ($0.failure, !$0.isWriting) }
        if let failure { throw failure }
        return isWritten
    }

    /// Throws away what an earlier try left; blocks.
    func restart() { ftruncate(descriptor, 0) }

    /// Removes the hidden file; blocks.
    func remove() { unlink(temporary) }

    /// Takes bytes for a place in the file.
    ///
    /// - Parameter wake: called from another thread when they are written.
    func write(_ bytes: [UInt8], at offset: Int, _ wake: @escaping @Sendable () -> Void) {
        let mustStart = state.withLock { state in
            state.pending.append((offset, bytes))
            state.pendingBytes += bytes.count
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustStart {
            BlockingPool.shared.submit { [self] in
                writePending()
                wake()
            }
        }
    }

    /// The checksum of the first `count` bytes on the disk, in hexadecimal.
    ///
    /// Nil where they cannot be read; blocks.
    func digest(_ count: Int) -> String? {
        var hash = SHA256()
        var offset = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while offset < count {
            let got = pread(descriptor, &buffer, min(buffer.count, count - offset), offset)
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return nil }
            buffer.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[0..<got])) }
            offset += got
        }
        return hash.finalize().hexadecimal
    }

    /// Puts the content on disk and gives the file its name; blocks.
    func install() -> Result<Void, FileError> {
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { return .failure(FileError(code: errno)) }
        let folder = Glibc.open(TransferScript.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            Glibc.close(folder)
        }
        return .success(())
    }

    private func writePending() {
        while true {
            let (batch, failed) = state.withLock { state in
                let batch = state.pending
                state.pending = []
                state.isWriting = !batch.isEmpty
                return (batch, state.failure != nil)
            }
            if batch.isEmpty { return }
            for piece in batch {
                var failure: FileError?
                if !failed, case .failure(let error) = put(piece.bytes, at: piece.offset) { failure = error }
                state.withLock { state in
                    state.pendingBytes -= piece.bytes.count
                    if state.failure == nil { state.failure = failure }
                }
            }
        }
    }

    /// Writes bytes to a place in the file; blocks.
    func put(_ bytes: [UInt8], at offset: Int) -> Result<Void, FileError> {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = pwrite(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, offset + done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return .failure(FileError(code: count == 0 ? ENOSPC : errno)) }
                done += count
            }
            return .success(())
        }
    }
}
