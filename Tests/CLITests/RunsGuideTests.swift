import Foundation
import TestSupport
import Testing

/// The worked example of `docs/runs.md`, typed as it stands there, against a real sshd on loopback.
@Suite("the guide to runs")
struct RunsGuideTests {
    /// A fenced block: what stands behind the fence, and its lines.
    private struct Block {
        var title: String
        var lines: [String]
    }

    /// What kills a command of the guide.
    private static let killer = "timeout --signal KILL 2 "
    private static let guide = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../docs/runs.md").standardizedFileURL

    private static func blocks() throws -> [Block] {
        var blocks: [Block] = []
        var open: Block?
        for line in try String(contentsOf: guide, encoding: .utf8).components(separatedBy: "\n") {
            if let block = open, line == "```" {
                blocks.append(block)
                open = nil
            } else if open == nil, line.hasPrefix("```") {
                open = Block(title: String(line.dropFirst(3)), lines: [])
            } else {
                open?.lines.append(line)
            }
        }
        return blocks
    }

    @Test("its worked example runs as it stands: killed, resumed, failed, mended, done", .timeLimit(.minutes(10)))
    func workedExample() throws {
        let program = try Program()
        // What harun keeps on a node lies in a folder of the test's own: this machine may be somebody's node.
        let node = try LoopbackNode()
        let server = node.server
        for file in ["id_ed25519", "known_hosts"] {
            try FileManager.default.copyItem(atPath: server.directory.file(file), toPath: "\(program.path)/\(file)")
        }
        try FileManager.default.createDirectory(atPath: "\(program.path)/site", withIntermediateDirectories: true)
        var typed = 0
        for var block in try Self.blocks() {
            // Everything as it stands, but for places that another test on this machine may have too.
            block.lines = block.lines.map { $0.replacing("/tmp/harun-example", with: program.path + "/example") }
            let words = block.title.split(separator: " ")
            if words.first == "toml", words.count == 2 {
                let text = block.lines.joined(separator: "\n")
                    .replacing("port = 2222", with: "port = \(server.port)")
                try program.write(String(words[1]), text + "\n")
            } else if words.first == "console" {
                typed += try type(block.lines, program, node)
            }
        }
        #expect(typed == 11, "a guide that shows other commands needs another count")
        #expect(node.has("var/lib/harun/runs"), "the node kept its records in the test's own folder")
    }

    /// Types each command of a block and expects its exit code: 0 where the line below tells no other.
    private func type(_ lines: [String], _ program: Program, _ node: LoopbackNode) throws -> Int {
        var count = 0
        for (index, line) in lines.enumerated() where line.hasPrefix("$ ") {
            let command = String(line.dropFirst(2))
            count += 1
            if command.hasPrefix(Self.killer) {
                try kill(String(command.dropFirst(Self.killer.count)), program, node)
                continue
            }
            let told = lines.dropFirst(index + 1).first.flatMap { $0.firstMatch(of: /^exit code (\d+)$/)?.output.1 }
            let expected = told.flatMap { Int32($0) } ?? 0
            let result = try program.shell(command)
            #expect(result.code == expected, "\(command)\n\(result.out)\n\(result.err)")
        }
        return count
    }

    /// Runs a command and kills it in the middle of the step that takes its time, which is not always two seconds on.
    private func kill(_ command: String, _ program: Program, _ node: LoopbackNode) throws {
        let run = try program.startShell("exec " + command)
        #expect(node.waits(forPathWith: "/files.index"), "\(run.out)\n\(run.err)")
        run.signal(SIGKILL)
        #expect(run.wait().code == SIGKILL)
    }
}
