import Steps
import Testing

@testable import Actions

/// Recorded from two corosyncs of each release with two links: 3.1.7 (Debian 12) and 3.1.9 (Debian 13).
@Suite("Corosync's links")
struct CorosyncLinksTests {
    private func recorded(_ release: String, _ name: String) throws -> CorosyncLinks? {
        CorosyncLinks(parsing: try fixture("corosync/\(release)/cfgtool-s.\(name).txt"))
    }

    @Test("links that are up read the same from every release and node", arguments: ["d12", "d13"])
    func up(release: String) throws {
        let first = try #require(try recorded(release, "ok"))
        #expect(first.localID == "1")
        #expect(first.links.map(\.number) == [0, 1])
        #expect(first.links.map(\.address) == ["10.90.0.1", "10.91.0.1"])
        #expect(
            first.links.map(\.peers) == [["1": "localhost", "2": "connected"], ["1": "localhost", "2": "connected"]])
        let second = try #require(try recorded(release, "ok.node2"))
        #expect(second.localID == "2")
        #expect(second.links[1].peers == ["1": "connected", "2": "localhost"])
    }

    @Test("a link that is down, and a node that is away, are seen", arguments: ["d12", "d13"])
    func down(release: String) throws {
        let link = try #require(try recorded(release, "linkdown"))
        #expect(link.links.map { $0.peers["2"] } == ["connected", "disconnected"])
        let node = try #require(try recorded(release, "peerdead"))
        #expect(node.links.map { $0.peers["2"] } == ["disconnected", "disconnected"])
    }

    @Test("a corosync that does not run, or says something else, is no answer", arguments: ["d12", "d13"])
    func none(release: String) throws {
        #expect(try recorded(release, "notrunning") == nil)
        #expect(CorosyncLinks(parsing: "") == nil)
        #expect(CorosyncLinks(parsing: "Local node ID 1, transport udpu\nRING ID 0\n\tid\t= 10.0.0.1\n") == nil)
    }
}
