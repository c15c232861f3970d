import Documents
import Glibc
import TestSupport
import Testing

@testable import SSHConfig

@Suite("ssh_config")
struct ClientConfigTests {
    /// A machine with these files and no others.
    private static func files(_ contents: [String: String], exposed: Set<String> = []) -> ConfigFiles {
        ConfigFiles(
            home: "/home/me", user: "me", uid: "1000", hostName: "desk.example.com",
            environment: { $0 == "KEYS" ? "/keys" : nil },
            read: { path in
                contents[path].map { .init(bytes: Array($0.utf8), isExposed: exposed.contains(path)) }
            },
            glob: { pattern in
                pattern.hasSuffix("*")
                    ? contents.keys.filter { $0.hasPrefix(String(pattern.dropLast())) }.sorted() : [pattern]
            })
    }

    private static func load(_ text: String, _ others: [String: String] = [:]) -> ClientConfig {
        let files = files(others.merging(["/c": text]) { $1 })
        return ClientConfig.load(user: "/c", system: "/etc/ssh/ssh_config", in: files)
    }

    private static func options(_ config: ClientConfig, _ host: String) -> (HostOptions, [String]) {
        var notes: [Diagnostic] = []
        let options = config.options(for: host, defaultUser: "root", notes: &notes)
        return (options, notes.map { "\($0.location.file):\($0.location.line): \($0.message)" })
    }

    @Test("the user's file wins over the system's, and relative includes are looked for beside each")
    func twoFiles() {
        let config = Self.load(
            "Include extra*\nPort 1\n",
            [
                "/home/me/.ssh/extra1": "Host a\nUser one\n", "/home/me/.ssh/extra2": "Host b\nUser two\n",
                "/etc/ssh/ssh_config": "Port 2\nInclude more\nUser three\n", "/etc/ssh/more": "HostKeyAlias x\n",
            ])
        #expect(config.problems.isEmpty)
        let (a, _) = Self.options(config, "a")
        #expect(a.user == "one" && a.port == 1 && a.hostKeyAlias == "x")
        #expect(Self.options(config, "c").0.user == "three")
    }

    @Test("what matters and cannot be honoured is named with its place, where it holds for the host")
    func notes() {
        let config = Self.load(
            """
            Host a
              ProxyCommand nc %h %p
              StrictHostKeyChecking accept-new
              PKCS11Provider /c.so
              ForwardX11 yes
              Colour red
            Host b
              ProxyJump x
              ProxyCommand nc %h %p
              StrictHostKeyChecking yes
            Match host a exec "test -e /x"
              Port 9
            """)
        #expect(config.problems.isEmpty)
        let (options, notes) = Self.options(config, "a")
        #expect(options.port == nil)
        #expect(notes.count == 5)
        for (note, start) in zip(
            notes,
            [
                "/c:2: ProxyCommand", "/c:3: StrictHostKeyChecking", "/c:4: PKCS11Provider", "/c:6: Colour",
                "/c:11: harun does",
            ])
        {
            #expect(note.hasPrefix(start))
        }
        #expect(Self.options(config, "b").1.isEmpty)
        #expect(Self.options(config, "c").1.isEmpty)
    }

    @Test("how secrets are asked for is named where harun does otherwise, and not where it does as told")
    func secrets() {
        let refused = Self.load("PasswordAuthentication no\nKbdInteractiveAuthentication no\nBatchMode yes\n")
        #expect(
            Self.options(refused, "a").1.map { $0.prefix(while: { $0 != " " }) } == ["/c:1:", "/c:2:", "/c:3:"])
        let usual = Self.load("PasswordAuthentication yes\nKbdInteractiveAuthentication yes\nBatchMode no\n")
        #expect(Self.options(usual, "a").1.isEmpty)
    }

    @Test("a known list of unknown options is ignored without a word")
    func ignoreUnknown() {
        let config = Self.load("IgnoreUnknown colo*,x\nColour red\nSmell bad\n")
        #expect(Self.options(config, "a").1.map { $0.prefix(10) } == ["/c:3: Smel"])
    }

    @Test("a file that others may write is refused, as ssh refuses it")
    func exposed() {
        let files = Self.files(["/c": "Port 1\n"], exposed: ["/c"])
        let config = ClientConfig.load(user: "/c", system: nil, in: files)
        #expect(config.problems.map(\.message).first?.contains("chmod go-w") == true)
        #expect(Self.options(config, "a").0.port == nil)
    }

    @Test("what stands behind Match final holds last, and sees the host's final name")
    func final() {
        let config = Self.load(
            """
            Match final host b.example.com
              User late
            Match canonical all
              Port 9
            Host a
              HostName %h.example.com
              User early
            Match final all
              HostName never
            Host B
              HostName B.example.com
            """)
        #expect(config.problems.isEmpty)
        let (a, _) = Self.options(config, "a")
        #expect(a.user == "early" && a.port == 9 && a.hostName?.value == "%h.example.com")
        #expect(Self.options(config, "B").0.user == "late")
    }

    @Test("an included folder is passed over, on this machine as well")
    func folder() throws {
        let folder = try TemporaryDirectory()
        mkdir(folder.file("conf.d"), 0o755)
        mkdir(folder.file("conf.d/old"), 0o755)
        try folder.write("conf.d/new", "Port 7\n")
        let path = try folder.write("config", "Include \(folder.path)/conf.d/*\n")
        let config = ClientConfig.load(user: path, system: nil, in: .live(home: folder.path))
        #expect(config.problems.isEmpty)
        #expect(Self.options(config, "a").0.port == 7)
    }

    @Test("files that include one another end in an error, not in a hang")
    func loop() {
        let config = Self.load("Include /a /a\nPort 1\n", ["/a": "Include /b /b\n", "/b": "Include /a /a\n"])
        #expect(config.problems.contains { $0.message.contains("include one another") })
    }

    @Test("tokens and variables are put in, and unknown ones are errors with their place")
    func tokens() throws {
        let files = Self.files([:])
        let tokens = Tokens(
            host: "h.example.com", originalHost: "h", port: 2200, user: "root", hostKeyAlias: nil, files: files)
        let place = SourceLocation(file: "/c", line: 3, column: 1)
        #expect(try tokens.path("~/.ssh/%n_%r@%h:%p", at: place) == "/home/me/.ssh/h_root@h.example.com:2200")
        #expect(try tokens.path("${KEYS}/%u.%L.%i.%%.%k", at: place) == "/keys/me.desk.1000.%.h")
        for text in ["%C", "%", "~bob/x", "${NOTHING}"] {
            #expect(throws: DiagnosticError.self) { try tokens.path(text, at: place) }
        }
        #expect(try tokens.jump("%r-%n.%h%%%p%k", at: place) == "root-h.h.example.com%2200h")
        for text in ["%u", "x%"] { #expect(throws: DiagnosticError.self) { try tokens.jump(text, at: place) } }
        #expect(throws: DiagnosticError.self) { try Tokens.hostName(Placed("%p", at: place), for: "h") }
    }

    @Test("jump hosts are read in every form that ssh knows")
    func jumps() {
        #expect(JumpHost.list("none") == [])
        let list = JumpHost.list("a,bob@b:2222,[fe80::1]:22,ssh://carol@d:9/") ?? []
        #expect(list.map(\.description) == ["a", "bob@b:2222", "[fe80::1]:22", "carol@d:9"])
        for text in [
            "", "a,", ",a", "@a", "a:", "a:x", "a:0", "a:70000", "[a", "-oProxyCommand=x", "a b", "a;b", "$(x)",
        ] {
            #expect(JumpHost.list(text) == nil, "\(text)")
        }
    }

    @Test("no bytes at all make the reader crash, hang or match a host", arguments: 0..<150 as Range<UInt64>)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let words = [
            "Host ", "Match ", "Include ", "host ", "user ", "all", "!", "*", "?", "\"", "'", "\\", "=", ",", "#", "\n",
            "\n",
            "%h", "${", "ProxyJump ", "Port ", "IdentityFile ", "\u{0}", "é", "ConnectTimeout ", "9", "a", " ", "\t",
            "\r",
        ]
        var text = (0..<Int.random(in: 0..<120, using: &random)).map { _ in random.one(of: words) }.joined()
        text += "\nHost nobody-else\nHostKeyAlias trap\n"
        let config = Self.load(text, ["/home/me/.ssh/a": text])
        let (options, _) = Self.options(config, "somebody")
        #expect(options.hostKeyAlias != "trap", "seed \(seed)")
    }
}
