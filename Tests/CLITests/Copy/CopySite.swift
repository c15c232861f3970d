import Foundation
import TestSupport
import Testing

/// Nodes for the tests of `harun copy`, and what is looked at on them.
struct CopySite {
    let program: Program
    /// Servers with SFTP, whose files are this machine's.
    private(set) var servers: [OpenSSHServer] = []
    /// Nodes with folders of their own in the place of `/var/lib/harun`, and without SFTP.
    private(set) var nodes: [LoopbackNode] = []

    /// - Parameters:
    ///   - servers: how many nodes have SFTP; they are named s1, s2 and so on, in `servers.toml`.
    ///   - nodes: how many have folders of their own; they are named n1, n2 and so on, in `nodes.toml`.
    ///   - isSlow: whether the servers answer late.
    init(servers: Int = 0, nodes: Int = 0, isSlow: Bool = false) throws {
        program = try Program()
        var subsystem = "internal-sftp"
        if isSlow {
            let late = "$|=1; while (sysread(STDIN, $b, 1<<20)) { select(undef, undef, undef, .2); print $b }"
            try program.write("slow", "#!/bin/sh\n/usr/lib/openssh/sftp-server | perl -e '\(late)'\n")
            subsystem = "\(program.path)/slow"
            chmod(subsystem, 0o755)
        }
        for number in 0..<servers {
            self.servers.append(
                try OpenSSHServer(address: "127.0.0.\(number + 1)", extraConfig: ["Subsystem sftp \(subsystem)"]))
        }
        for number in 0..<nodes {
            let node = try LoopbackNode(address: "127.0.0.\(number + 1)")
            try FileManager.default.createDirectory(atPath: Self.place(of: node), withIntermediateDirectories: true)
            self.nodes.append(node)
        }
        try program.write("servers.toml", inventory())
        try program.write("nodes.toml", self.nodes.enumerated().map { $1.section("n\($0 + 1)") }.joined())
    }

    /// What a node has in the place of `/var/lib/harun`.
    static func place(of node: LoopbackNode) -> String { node.root + "/var/lib/harun" }

    /// The folders of all nodes, each in the place of `/var/lib/harun`.
    var places: [String] { nodes.map { Self.place(of: $0) } }

    /// The inventory of the servers.
    ///
    /// - Parameter dead: the number of one that nobody answers for.
    func inventory(dead: Int? = nil) -> String {
        servers.enumerated().map { index, server in
            """
            [[node]]
            name = "s\(index + 1)"
            address = "\(server.address)"
            port = \(dead == index + 1 ? 9 : server.port)
            identity = "\(server.identity)"
            known_hosts = "\(server.directory.file("known_hosts"))"

            """
        }.joined()
    }

    /// Writes a file of random bytes into the scratch folder.
    func file(_ name: String, _ count: Int, mode: UInt32 = 0o644) throws -> Data {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let start = buffer.baseAddress { arc4random_buf(start, count) }
            initialized = count
        }
        let path = "\(program.path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        chmod(path, mode)
        return Data(bytes)
    }

    /// What a file of the scratch folder, or of this machine, holds.
    func content(_ path: String) -> Data? {
        FileManager.default.contents(atPath: path.hasPrefix("/") ? path : "\(program.path)/\(path)")
    }

    /// Permission bits of a file.
    func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path.hasPrefix("/") ? path : "\(program.path)/\(path)", &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    /// The hidden file in a folder of this machine, where there is one.
    func part(in folder: String) -> String? {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .first { $0.hasPrefix(".harun-") && $0.hasSuffix(".part") }.map { "\(folder)/\($0)" }
    }

    /// Waits until the hidden file in a folder has so many bytes.
    func waits(forPartIn folder: String, bytes: Int) -> Bool {
        eventually {
            guard let part = part(in: folder) else { return false }
            var status = stat()
            return stat(part, &status) == 0 && Int(status.st_size) >= bytes
        }
    }

    /// Types the line behind `next:`.
    func typeNext(of text: String) throws -> (code: Int32, out: String, err: String) {
        let line = text.split(separator: "\n").last { $0.hasPrefix("next:  ") }
        return try program.shell(String(try #require(line, "\(text)").dropFirst("next:  ".count)))
    }

    /// The objects of the JSON output, by node.
    func objects(_ text: String) throws -> [String: [String: Any]] {
        var objects: [String: [String: Any]] = [:]
        for line in text.split(separator: "\n") {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            objects[try #require(object["node"] as? String)] = object
        }
        return objects
    }
}
