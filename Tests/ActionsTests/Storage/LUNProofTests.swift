import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

private let wwid = "0x6001405abc000000"

/// A node's `/sys`, `/dev` and `/var/lib/harun` in a folder, with one LUN behind session 3.
private struct SysTree {
    let folder: URL

    static func with(_ body: (SysTree) throws -> Void) throws {
        try Tool.withFolder { folder in
            let tree = SysTree(folder: folder)
            #expect(
                try tree.run(
                    """
                    mkdir -p '\(folder.path)/by-id' dev sys/class/iscsi_connection/connection3:0 sys/class/block/sda
                    mkdir -p sys/class/block/sdb sys/host/session3/target3:0:0/3:0:0:1
                    : >dev/sda; : >dev/sdb; ln -s ../dev/sda by-id/wwn-\(wwid)
                    ln -s ../../../host/session3/target3:0:0/3:0:0:1 sys/class/block/sda/device
                    ln -s ../../../host/session3/target3:0:0/3:0:0:1 sys/class/block/sdb/device
                    echo 4711 >sys/class/iscsi_connection/connection3:0/local_port; echo boot-1 >boot_id
                    """
                ).code == 0)
            try body(tree)
        }
    }

    /// Runs a node's script on the folder in place of its own files.
    func run(_ text: String) throws -> Tool.Result {
        let own = text.replacing("/var/lib/harun", with: "\(folder.path)/harun")
            .replacing("/sys/class", with: "\(folder.path)/sys/class")
            .replacing("/proc/sys/kernel/random/boot_id", with: "\(folder.path)/boot_id")
            .replacing("/dev/disk/by-id", with: "\(folder.path)/by-id").replacing("[ -b ", with: "[ -e ")
        return try Tool.shell("\(ScriptPrelude.text)\n\(own)", in: folder)
    }

    func content(_ file: String) -> String {
        (try? String(contentsOf: folder.appending(path: "harun/\(file)"), encoding: .utf8)) ?? ""
    }
}

/// These run the very scripts that note the proof of a LUN and ask for it.
@Suite("the proof of a LUN, for real")
struct LUNProofTests {
    private static let reference = LUNReference(.wwid(wwid))
    private static let place = "file=/var/lib/harun/luns/$WWID"
    private static let nodes: [NodeName] = ["nodo1", "nodo2"]

    private static func observations(_ sessions: String) -> [NodeName: Observation] {
        let facts = ["wwid": wwid, "size": "1073741824", "sessions": sessions, "cluster.id": exampleIdentity]
        return ["nodo1": found(facts), "nodo2": found(facts)]
    }

    /// The script by which `lun.prove` notes its proof on a node.
    private func note(_ sessions: String) async throws -> String {
        let context = ScriptedContext { script, _ in
            .ended(0, script.contains(Self.place) ? "" : "fact keys unknown\nfact why it knows none\n")
        }
        _ = try await make(LUNProve.self, ["wwid": .string(wwid)])
            .perform(on: "nodo1", Self.observations(sessions), in: context)
        let line = try #require(context.log.first { $0.contains(Self.place) })
        return String(line.dropFirst("nodo1: ".count))
    }

    private func check(isOurs: Bool = false) -> String {
        let proof = LUNProof(Self.reference, on: Self.nodes, Self.observations("boot-1 session3:4711"))
        return "\(Self.reference.findFunction)\nlun_find || exit 1\n\(proof.check(isOurs: isOurs))"
    }

    @Test("its note names boot, session and connection, and holds for these alone")
    func noted() async throws {
        let note = try await note("boot-1 session3:4711")
        try SysTree.with { tree in
            let missing = try tree.run(check())
            #expect(missing.code == 20 && missing.output.contains("no proof any more"), "\(missing)")
            let result = try tree.run(note)
            #expect(result.code == 0, "\(result)")
            #expect(tree.content("cluster-id") == exampleIdentity + "\n")
            #expect(tree.content("luns/\(wwid)").hasSuffix("\nboot-1 session3:4711\n"))
            #expect(try tree.run(check()).code == 0)
            for change in [
                "echo 4712 >sys/class/iscsi_connection/connection3:0/local_port", "echo boot-2 >boot_id",
                "rm sys/class/iscsi_connection/connection3:0/local_port",
            ] {
                #expect(try tree.run(change).code == 0)
                let stale = try tree.run(check())
                #expect(
                    stale.code == 20 && stale.output.contains("older than its iSCSI session"), "\(change): \(stale)")
                #expect(try tree.run(check(isOurs: true)).code == 0, "a disk that is this cluster's already")
                #expect(
                    try tree.run(
                        "echo 4711 >sys/class/iscsi_connection/connection3:0/local_port; echo boot-1 >boot_id"
                    ).code == 0)
            }
        }
    }

    @Test("it is not noted for a session that came meanwhile, nor on a node of another cluster")
    func notNoted() async throws {
        let note = try await note("boot-1 session3:4711")
        try SysTree.with { tree in
            #expect(try tree.run("echo 4712 >sys/class/iscsi_connection/connection3:0/local_port").code == 0)
            let changed = try tree.run(note)
            #expect(changed.code == 20 && changed.output.contains("its iSCSI session changed meanwhile"), "\(changed)")
            #expect(tree.content("luns/\(wwid)").isEmpty && tree.content("cluster-id").isEmpty)
        }
        try SysTree.with { tree in
            #expect(try tree.run("mkdir harun; echo another >harun/cluster-id").code == 0)
            let other = try tree.run(note)
            #expect(other.code == 20 && other.output.contains("belongs to another cluster: another"), "\(other)")
            #expect(tree.content("luns/\(wwid)").isEmpty && tree.content("cluster-id") == "another\n")
        }
    }

    @Test("a disk that has another kernel name than when it was found is another one")
    func renamed() async throws {
        let note = try await note("boot-1 session3:4711")
        try SysTree.with { tree in
            #expect(try tree.run(note).code == 0)
            let moved = try tree.run("\(check())\nln -sfn ../dev/sdb by-id/wwn-\(wwid)\nproven")
            #expect(moved.code == 20 && moved.output.contains("this is another disk by now"), "\(moved)")
        }
    }
}
