import Glibc
import TestSupport
import Testing

@testable import SSHConfig

@Suite("who may write an ssh_config")
struct FileWritersTests {
    private static func writers(_ users: [(String, uid_t, gid_t)], group: [String]?) -> FileWriters {
        FileWriters(
            users: { users.map { FileWriters.User(name: $0.0, uid: $0.1, gid: $0.2) } },
            members: { $0 == 1000 ? group : nil })
    }

    @Test("the group may where it has nobody but the owner")
    func group() {
        let me = ("me", uid_t(1000), gid_t(1000))
        let root = ("root", uid_t(0), gid_t(0))
        func isRefused(_ users: [(String, uid_t, gid_t)], _ group: [String]?, mode: mode_t = 0o664) -> Bool {
            Self.writers(users, group: group).areOthers(than: 1000, owner: 1000, group: 1000, mode: mode)
        }
        #expect(!isRefused([root, me], []))
        #expect(!isRefused([root, me], ["me"]))
        #expect(!isRefused([root, ("me", 1000, 100)], ["me"]))
        #expect(isRefused([root, me], ["you"]))
        #expect(isRefused([root, me], ["me", "you"]))
        #expect(isRefused([root, me, ("you", 1001, 1000)], []))
        #expect(isRefused([root, ("me", 1000, 100)], []))
        #expect(isRefused([root, me], nil))
        #expect(isRefused([root, me], [], mode: 0o666))
        #expect(!isRefused([root, me, ("you", 1001, 1000)], ["you"], mode: 0o644))
        #expect(Self.writers([], group: nil).areOthers(than: 1000, owner: 1001, group: 1000, mode: 0o600))
        #expect(!Self.writers([], group: nil).areOthers(than: 1000, owner: 0, group: 0, mode: 0o644))
    }

    @Test("ssh says the same of files on this machine", arguments: [0o600, 0o640, 0o664, 0o666, 0o622])
    func sameAsSSH(mode: UInt32) throws {
        let folder = try TemporaryDirectory()
        let inner = try folder.write("inner", "Port 7\n")
        chmod(inner, mode)
        let path = try folder.write("config", "Include \(inner)\n")
        let config = ClientConfig.load(user: path, system: nil, in: .live(home: folder.path))
        let real = try OpenSSH.settings(config: path, host: "h", home: folder.path)
        #expect((real != nil) == config.problems.isEmpty, "\(String(mode, radix: 8))")
    }
}
