import Documents
import Foundation
import Settings
import Steps
import Testing
import Transport

@testable import Actions

private let place = SourceLocation(file: "runbook.toml", line: 1, column: 1)

private func table(_ pairs: KeyValuePairs<String, Value.Content>) -> Value.Content {
    .table(Table(pairs.map { .init(key: $0.key, keyLocation: place, value: Value($0.value, at: place)) }, at: place))
}

private let target = Value.Content.string("iqn.2024-12.lab.storage:ha")

@Suite("iscsi.initiator")
struct ISCSIInitiatorTests {
    private func judge(_ names: KeyValuePairs<String, (name: String, sessions: Int)>) throws -> [NodeName: Verdict] {
        let peers = names.map { Peer(name: NodeName($0.key), address: "10.0.0.1", links: []) }
        let action = try make(ISCSIInitiator.self, peers: peers)
        return action.judge(
            Dictionary(
                uniqueKeysWithValues: names.map {
                    (NodeName($0.key), found(["name": $0.value.name, "sessions": String($0.value.sessions)]))
                }))
    }

    private func words(_ verdicts: [NodeName: Verdict]) -> String {
        verdicts.sorted { $0.key < $1.key }.map { _, verdict in
            switch verdict {
            case .satisfied: "ok"
            case .needed: "needed"
            case .refused: "refused"
            case .failed: "failed"
            }
        }.joined(separator: " ")
    }

    @Test("different names stay, and so do absent ones")
    func different() throws {
        #expect(try words(judge(["a": ("iqn.x:1", 0), "b": ("iqn.x:2", 0)])) == "ok ok")
        #expect(try words(judge(["a": ("", 0), "b": ("", 0)])) == "ok ok")
    }

    @Test("of nodes that share a name, the first keeps it")
    func shared() throws {
        #expect(
            try words(judge(["a": ("iqn.x:1", 0), "b": ("iqn.X:1", 0), "c": ("iqn.x:1", 0)])) == "ok needed needed")
    }

    @Test("a node with an open session keeps the name, and two of them are a refusal")
    func sessions() throws {
        #expect(try words(judge(["a": ("iqn.x:1", 0), "b": ("iqn.x:1", 1)])) == "needed ok")
        #expect(
            try words(judge(["a": ("iqn.x:1", 2), "b": ("iqn.x:1", 1), "c": ("iqn.x:1", 0)])) == "ok refused needed")
    }

    @Test("only nodes that need it get a script, and a node without an answer fails")
    func scripts() throws {
        let action = try make(ISCSIInitiator.self)
        let observations: [NodeName: Observation] = [
            "nodo1": found(["name": "iqn.x:1", "sessions": "0"]), "nodo2": found(["name": "iqn.x:1", "sessions": "0"]),
        ]
        #expect(action.apply("nodo1", observations) == nil)
        try GoldenScripts.expect(action, on: "nodo2", observations)
        #expect(action.judge(["nodo1": found()])["nodo2"] == .failed("it was not looked at"))
    }
}

@Suite("iscsi.login")
struct ISCSILoginTests {
    @Test("the reading collects what is wrong")
    func reading() {
        #expect(read(ISCSILogin.self).messages.count == 2)
        #expect(read(ISCSILogin.self, ["portal": .string("10.0.0.5"), "target": .string("*")]).messages.count == 1)
        let bad = read(
            ISCSILogin.self,
            [
                "portal": .string("10.0.0.5"), "target": target,
                "chap": table(["user": .string("u"), "password": .string("p")]),
            ])
        #expect(bad.messages == ["`password` must be a table such as { env = \"NAME\" }, not a string"])
        let both = table(["env": .string("A"), "file": .string("/b")])
        let twice = read(
            ISCSILogin.self,
            ["portal": .string("10.0.0.5"), "target": target, "chap": table(["user": .string("u"), "password": both])])
        #expect(twice.messages == ["`password` needs either `env` or `file`"])
    }

    @Test(
        "a password that open-iscsi would not keep is refused before anything is done",
        arguments: [(" x", "blank"), ("x ", "blank"), ("x\ty", "control"), ("x\ny", "control"), ("", "empty")])
    func unkept(password: String, why: String) {
        #expect(ISCSIChap.flaw(of: password)?.contains(why) == true)
    }

    @Test("any other password is taken", arguments: ["canary-of-a-secret", "a b", "ñandú", "=#'\"\\"])
    func kept(password: String) { #expect(ISCSIChap.flaw(of: password) == nil) }

    private func withChap() throws -> ISCSILogin {
        setenv("HARUN_TEST_CHAP", "canary-of-a-secret", 1)
        return try make(
            ISCSILogin.self,
            [
                "portal": .string("10.77.2.20:3260"), "target": target,
                "chap": table(["user": .string("harun"), "password": table(["env": .string("HARUN_TEST_CHAP")])]),
            ])
    }

    @Test("the password goes to standard input and stands in no script")
    func secret() throws {
        let action = try withChap()
        let apply = try #require(action.apply("nodo1", [:]))
        #expect(apply.input == Array("canary-of-a-secret\n".utf8))
        let texts = [apply.text, action.probe("nodo1").text, action.undo("nodo1")?.text ?? "", action.summary]
        for text in texts { #expect(!text.contains("canary-of-a-secret")) }
        #expect(!"\(action)".contains("canary-of-a-secret"))
    }

    @Test("a password that was changed is written again, before a login at boot fails with the old one")
    func rotated() throws {
        let action = try withChap()
        #expect(action.judge(["a": found(secrets: ["chap": "canary-of-a-secret"])]) == ["a": .satisfied])
        for secrets in [["chap": "old"], [:]] {
            #expect(
                action.judge(["a": found(secrets: secrets)]) == ["a": .needed("the record has another CHAP password")])
        }
    }

    @Test("the password is read from the record as it was written there", arguments: ["plain", "= p%s\\n '\"$x = y"])
    func readBack(password: String) throws {
        let chap = ISCSIChap(user: "u", password: .env("X"))
        let file = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try "# BEGIN RECORD\nnode.session.auth.password_in = other\n# END RECORD\n"
            .write(to: file, atomically: true, encoding: .utf8)
        let script = """
            find_session() { return 1; }
            find_record() { record=\(file.path); }
            \(chap.prove)
            \(chap.store)
            method=CHAP; user=u; host=127.0.0.1; port=1; target=iqn.x:a; algorithms=MD5
            \(chap.check)
            """
        let result = try shell(script, input: password + "\n")
        var observation = Observation(code: result.code)
        for line in result.output.split(separator: "\n") { observation.take(String(line)) }
        #expect(observation.secrets == ["chap": password], "\(result.output)")
    }

    @Test("a password that cannot be had is refused before anything is done")
    func missingSecret() throws {
        let password = table(["env": .string("HARUN_TEST_NO_SUCH_VARIABLE")])
        let action = try make(
            ISCSILogin.self,
            [
                "portal": .string("10.0.0.5"), "target": target,
                "chap": table(["user": .string("u"), "password": password]),
            ])
        let needed = Observation(code: ScriptPrelude.needed, note: "no session")
        let why = action.judge(["nodo1": needed])["nodo1"]
        #expect(why?.reason.contains("HARUN_TEST_NO_SUCH_VARIABLE is not set") == true)
        #expect(action.judge(["nodo1": found()])["nodo1"] == .satisfied)
    }

    @Test("the record file gets user and password, whatever characters they have")
    func record() throws {
        let chap = ISCSIChap(user: "it's", password: .env("X"))
        let folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "default")
        try "# BEGIN RECORD\nnode.startup = automatic\nnode.session.auth.authmethod = None\n# END RECORD\n"
            .write(to: file, atomically: true, encoding: .utf8)
        let script =
            "find_session() { return 1; }\nfind_record() { record=\(file.path); }\n\(chap.prove)\n\(chap.store)"
        let result = try shell(script, input: #"p%s\n '"$x"# + "\n")
        #expect(result.code == 0, "\(result.output)")
        #expect(
            try String(contentsOf: file, encoding: .utf8)
                == #"""
                # BEGIN RECORD
                node.startup = automatic
                node.session.auth.authmethod = CHAP
                node.session.auth.username = it's
                node.session.auth.password = p%s\n '"$x
                # END RECORD

                """#)
    }

    @Test(
        "the disks are found by the links that udev makes, for IPv6 without brackets",
        arguments: [
            ("10.0.0.5", "pci-0000:00:03.0-ip-10.0.0.5:3260", true), ("10.0.0.5", "ip-10.0.0.5:3260", true),
            ("[2001:DB8::5]:3261", "ip-2001:db8::5:3261", true), ("[2001:db8::5]", "ip-[2001:db8::5]:3260", true),
            ("10.0.0.5", "ip-10.0.0.6:3260", false), ("[2001:db8::5]", "ip-2001:db8::5:3261", false),
        ])
    func disks(portal: String, link: String, isFound: Bool) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data().write(to: folder.appending(path: "\(link)-iscsi-iqn.2005-10.org:x-lun-1"))
        let words = try Portal(portal).words
        let look = "for link in \(ISCSILoginScript.disks); do [ ! -e \"$link\" ] || echo found; done"
        let script = "\(words)\ntarget=iqn.2005-10.org:x\n\(look)".replacing("/dev/disk/by-path", with: folder.path)
        #expect(try shell(script).output == (isFound ? "found\n" : ""))
    }

    /// Runs the making of a record, or the login, against a target that answers so.
    private func converse(_ part: String, iscsiadm: String, portal: String = "10.0.0.5") throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
        try "# x\nInitiatorName=iqn.1993-08.org.debian:01:abc\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let names = ISCSILoginScript.initiator.replacing("/etc/iscsi/initiatorname.iscsi", with: file.path)
        let words = try Portal(portal).words
        return try shell("\(words)\ntarget=iqn.2005-10.org:x\niscsiadm() { \(iscsiadm); }\n\(names)\n\(part)").output
    }

    @Test("a target that is offered elsewhere only is told with its portals")
    func elsewhere() throws {
        let listed =
            "printf '%s\\n' '10.0.1.5:3260,1 iqn.2005-10.org:x' '[fd00::5]:3260,1 iqn.2005-10.org:x' '10.0.0.5:3260,1 iqn.y'"
        #expect(
            try converse(ISCSILoginScript.create, iscsiadm: listed)
                == "note the target at 10.0.0.5:3260 offers iqn.2005-10.org:x at other portals only: 10.0.1.5:3260 "
                + "[fd00::5]:3260; write one of them as portal\n")
        #expect(
            try converse(ISCSILoginScript.create, iscsiadm: "echo '10.0.0.5:3260,1 iqn.y'")
                == "note 10.0.0.5:3260 does not offer iqn.2005-10.org:x to this node, whose initiator name is "
                + "iqn.1993-08.org.debian:01:abc; it offers: iqn.y\n")
    }

    @Test("a refused login names both causes, and the initiator name that the target must allow")
    func refusedLogin() throws {
        let why =
            "the target refused the login: it does not allow the initiator name of this node, "
            + "iqn.1993-08.org.debian:01:abc, or "
        #expect(
            try converse(ISCSILoginScript.login(hasChap: true), iscsiadm: "return 24")
                == "\(why)the CHAP user or password is wrong\n")
        #expect(
            try converse(ISCSILoginScript.login(hasChap: false), iscsiadm: "return 24")
                == "\(why)the target may ask for CHAP, and no chap is given for it\n")
    }

    @Test("its scripts stay as they are")
    func golden() throws {
        try GoldenScripts.expect(
            make(ISCSILogin.self, ["portal": .string("[2001:DB8::5]"), "target": target]), as: "iscsi.login.ipv6")
        try GoldenScripts.expect(make(ISCSILogin.self, ["portal": .string("nas:3260"), "target": target]))
        try GoldenScripts.expect(withChap(), as: "iscsi.login.chap")
    }
}
