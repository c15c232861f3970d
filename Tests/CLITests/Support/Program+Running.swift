import Foundation
import Synchronization

extension Program {
    /// The built program while it runs; everything that it prints is kept.
    final class Running: Sendable {
        private let process: Process
        private let outPipe = Pipe()
        private let errPipe = Pipe()
        private let texts = Mutex((out: "", err: ""))

        fileprivate init(_ process: Process) throws {
            self.process = process
            process.standardOutput = outPipe
            process.standardError = errPipe
            outPipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
                let text = String(decoding: handle.availableData, as: UTF8.self)
                self?.texts.withLock { $0.out += text }
            }
            errPipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
                let text = String(decoding: handle.availableData, as: UTF8.self)
                self?.texts.withLock { $0.err += text }
            }
            try process.run()
        }

        var out: String { texts.withLock { $0.out } }
        var err: String { texts.withLock { $0.err } }
        var isRunning: Bool { process.isRunning }
        var id: Int32 { process.processIdentifier }

        func signal(_ number: Int32) { kill(process.processIdentifier, number) }

        /// Nobody reads what it prints from now on: further writes fail.
        func closeOutput() {
            for pipe in [outPipe, errPipe] {
                pipe.fileHandleForReading.readabilityHandler = nil
                try? pipe.fileHandleForReading.close()
            }
        }

        /// Waits until standard error holds a text; false after two minutes.
        func waits(for text: String) -> Bool {
            let deadline = ContinuousClock.now + .seconds(120)
            while ContinuousClock.now < deadline {
                if err.contains(text) { return true }
                usleep(5_000)
            }
            return false
        }

        /// Waits until it has a file open; false where it ended before, or after two minutes.
        func waitsToOpen(_ path: String) -> Bool {
            let folder = "/proc/\(id)/fd"
            let deadline = ContinuousClock.now + .seconds(120)
            while isRunning, ContinuousClock.now < deadline {
                let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
                for file in files {
                    if (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(file)")) == path {
                        return true
                    }
                }
                usleep(1_000)
            }
            return false
        }

        /// Waits for the end, and for everything that was printed until then.
        func wait() -> (code: Int32, out: String, err: String) {
            process.waitUntilExit()
            for pipe in [outPipe, errPipe] where pipe.fileHandleForReading.readabilityHandler != nil {
                pipe.fileHandleForReading.readabilityHandler = nil
                let rest = (try? pipe.fileHandleForReading.readToEnd()).flatMap { $0 } ?? Data()
                let text = String(decoding: rest, as: UTF8.self)
                texts.withLock { if pipe === outPipe { $0.out += text } else { $0.err += text } }
            }
            return (process.terminationStatus, out, err)
        }
    }

    /// Starts `harun` and does not wait for it; standard input is empty and no terminal.
    func start(_ arguments: String...) throws -> Running { try Running(process(Self.executable, arguments)) }

    /// Starts a line of shell with `harun` in its path and does not wait for it.
    func startShell(_ line: String) throws -> Running {
        try Running(process(URL(fileURLWithPath: "/bin/bash"), ["-c", line]))
    }
}
