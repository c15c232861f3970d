import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// The scripts of `apt.install` with the real apt and dpkg, in a system of their own.
@Suite("apt.install takes away only what it brought", .enabled(if: geteuid() == 0))
struct AptInstallRunTests {
    private static func install(_ names: String...) throws -> AptInstall {
        let place = SourceLocation(file: "r", line: 1, column: 1)
        return try make(AptInstall.self, ["packages": .array(names.map { Value(.string($0), at: place) })])
    }

    private func withSystem(_ packages: String, _ body: (AptSandbox) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let sandbox = try AptSandbox(folder, packages: packages)
        #expect(try sandbox.run("apt-get -qq update && apt-get -qq -y install base").code == 0)
        try body(sandbox)
    }

    private static let packages = """
        pkg base 1; pkg lib 1; pkg app 1 'Depends: lib'; pkg other 1; pkg user 1 'Depends: lib'; pkg fan 1 'Recommends: lib'
        pkg foe 1 'Conflicts: base'
        """

    @Test("what it brought goes again, with what was needed for it, and nothing else")
    func plain() throws {
        let action = try Self.install("app")
        try withSystem(Self.packages) { system in
            let seen = try system.run(action.probe("n"))
            #expect(seen.code == ScriptPrelude.needed)
            #expect(seen.output == "fact brings lib=1 app=1\nnote not installed: app\n")
            let done = try system.run(action.apply("n", [:]))
            #expect(done.code == 0, "\(done.output)")
            #expect(try system.packages() == ["base", "lib", "app"])
            #expect(try system.run(action.probe("n")).code == ScriptPrelude.satisfied)
            let back = try system.run(action.undo("n"))
            #expect(back.code == 0, "\(back.output)")
            #expect(try system.packages() == ["base"])
            #expect(!system.holds("/var/lib/harun/apt-running"))
            #expect(try system.run(action.undo("n")).code == 0)
        }
    }

    @Test("the journaled script says what apt meant to bring")
    func foreseen() throws {
        let script = try Self.install("app").apply("n", ["n": found(["brings": "lib=1 app=1:2.0-3+b1~x $(x) a;b"])])
        #expect(script?.text.contains("# As apt saw it before: lib=1 app=1:2.0-3+b1~x\n") == true)
    }

    @Test("what another process installs while apt is waited for stays, though apt has to wait")
    func waiting() throws {
        let action = try Self.install("app")
        let slow = """
            pkg base 1; pkg lib 1; pkg app 1 'Depends: lib'
            mkdir -p $P; echo ': >/run/began; until [ -e /run/go ]; do sleep 0.05; done' >$P/postinst; pkg kernel 1
            """
        try withSystem(slow) { system in
            let both = """
                apt-get -q -y install kernel >/dev/null 2>&1 & other=$!
                n=0; until [ -e /run/began ] || [ $n -gt 400 ]; do n=$((n + 1)); sleep 0.05; done
                sh /run/script >/run/out 2>&1 & ours=$!
                n=0; until grep -q 'which has a lock' /run/out || [ $n -gt 400 ]; do n=$((n + 1)); sleep 0.05; done
                : >/run/go; wait $other || exit 1; wait $ours; rc=$?; cat /run/out; exit $rc
                """
            let done = try system.run(both, script: action.apply("n", [:]))
            #expect(
                done.code == 0 && done.output.contains("(apt-get), which has a lock of apt or dpkg"), "\(done.output)")
            #expect(try system.packages() == ["base", "lib", "app", "kernel"])
            let back = try system.run(action.undo("n"))
            #expect(back.code == 0, "\(back.output)")
            #expect(try system.packages() == ["base", "kernel"])
        }
    }

    @Test("a package that would push out another is refused by that one's name, in the probe and in the work")
    func removal() throws {
        let action = try Self.install("foe")
        try withSystem(Self.packages) { system in
            let seen = try system.run(action.probe("n"))
            #expect(
                seen.code == ScriptPrelude.refused && seen.output.contains("apt would remove base"), "\(seen.output)")
            let done = try system.run(action.apply("n", [:]))
            #expect(
                done.code == ScriptPrelude.refused && done.output.contains("apt would remove base"), "\(done.output)")
            #expect(try system.packages() == ["base"])
            #expect(try system.run(action.undo("n")).code == 0)
            #expect(try system.packages() == ["base"])
        }
    }

    @Test("the hook itself stops an apt that means to remove something, and nothing is unpacked")
    func hook() throws {
        let action = try Self.install("foe")
        try withSystem(Self.packages) { system in
            var text = try #require(action.apply("n", [:])).text
            text = text.replacing("--no-remove ", with: "").replacing("[ -z \"$gone\" ] ||", with: ": ||")
            let done = try system.run(text)
            #expect(done.code == 100 && done.output.contains("harun: apt would remove base"), "\(done.output)")
            #expect(try system.packages() == ["base"])
            #expect(!system.holds("/var/lib/harun/runs/r/s.t/pre/set.1"))
        }
    }

    @Test("a mistyped package is refused before anything is installed, and the next probe knows")
    func mistyped() throws {
        let action = try Self.install("app", "nosuch")
        try withSystem(Self.packages) { system in
            #expect(try system.run(action.probe("n")).code == ScriptPrelude.needed)
            let done = try system.run(action.apply("n", [:]))
            #expect(done.code == 1 && done.output.contains("Unable to locate package nosuch"), "\(done.output)")
            #expect(try system.run("apt-get -qq -y install other").code == 0)
            let seen = try system.run(action.probe("n"))
            #expect(seen.code == ScriptPrelude.refused && seen.output.contains("package nosuch"), "\(seen.output)")
            #expect(try system.run(action.undo("n")).code == 0)
            #expect(try system.packages() == ["base", "other"])
        }
    }

    @Test("a package whose own script fails is taken back, with what came along")
    func broken() throws {
        let action = try Self.install("bad")
        try withSystem("\(Self.packages); mkdir -p $P; echo 'exit 1' >$P/postinst; pkg bad 1 'Depends: lib'") {
            system in
            #expect(try system.run(action.apply("n", [:])).code == 100)
            #expect(try system.packages() == ["base", "lib", "bad"])
            let back = try system.run(action.undo("n"))
            #expect(back.code == 0, "\(back.output)")
            #expect(try system.packages() == ["base"])
        }
    }

    /// What somebody does between the work and its undo, what is there afterwards, and what the undo says of it.
    static let since: [(String, String, Set<String>, String)] = [
        (
            "installs something that needs a part", "apt-get -qq -y install user", ["base", "lib", "user"],
            "lib (needed by user)"
        ),
        (
            "installs something that recommends a part", "apt-get -qq -y install fan", ["base", "lib", "fan"],
            "lib (needed by"
        ),
        ("installs something else", "apt-get -qq -y install other", ["base", "other"], ""),
        (
            "asks for a part", "apt-get -qq -y install lib", ["base", "lib"],
            "lib (somebody has asked apt for it since)"
        ),
        ("marks a part", "apt-mark manual lib", ["base", "lib"], "lib (somebody has asked apt for it since)"),
        (
            "removes a package and installs it again", "apt-get -qq -y remove app && apt-get -qq -y install app",
            ["base", "lib", "app"], "app (somebody has installed it again since)"
        ),
        ("removes a package", "apt-get -qq -y remove app", ["base"], ""),
    ]

    @Test("what somebody installed, asked for or needs since stays, and is named", arguments: since)
    func claimed(what: String, act: String, left: Set<String>, says: String) throws {
        let action = try Self.install("app")
        try withSystem(Self.packages) { system in
            #expect(try system.run(action.apply("n", [:])).code == 0)
            let acted = try system.run(act)
            #expect(acted.code == 0, "\(acted.output)")
            let back = try system.run(action.undo("n"))
            #expect(
                back.code == (says.isEmpty ? 0 : ScriptPrelude.refused) && (says.isEmpty || back.output.contains(says)),
                "\(back.output)")
            #expect(try system.packages() == left, "\(what)")
        }
    }

    private static let database = """
        pkg base 1
        mkdir -p $P; echo 'mkdir -p /var/lib/dbms; echo new >/var/lib/dbms/data' >$P/postinst
        echo '[ "$1" != purge ] || rm -rf /var/lib/dbms' >$P/postrm
        mkdir -p $P/etc $P/DEBIAN; echo a=1 >$P/etc/dbms.conf; echo /etc/dbms.conf >$P/DEBIAN/conffiles; pkg dbms-15 1
        mkdir -p $P; echo '. /usr/share/dbms/functions' >$P/postrm; pkg hidden 1
        """

    static let changes: [(String, Set<String>)] = [
        (":", ["base"]), ("echo more >>/var/lib/dbms/data", ["base", "dbms-15-"]),
        ("mkdir /var/lib/dbms/x && : >/var/lib/dbms/x/y", ["base", "dbms-15-"]),
        ("echo b=2 >>/etc/dbms.conf", ["base", "dbms-15-"]),
    ]

    @Test(
        "a package is purged only while nothing but what it brought is in its folders and settings", arguments: changes)
    func data(act: String, left: Set<String>) throws {
        let action = try Self.install("dbms-15")
        try withSystem(Self.database) { system in
            #expect(try system.run(action.apply("n", [:])).code == 0)
            #expect(try system.run(act).code == 0)
            let back = try system.run(action.undo("n"))
            #expect(back.code == 0, "\(back.output)")
            #expect(try system.packages() == left)
            #expect(system.holds("/var/lib/dbms/data") == (left.count == 2))
        }
    }

    @Test("data that was there before the package came stays, and so do settings of an earlier life")
    func earlier() throws {
        let action = try Self.install("dbms-15")
        try withSystem(Self.database) { system in
            #expect(try system.run("mkdir -p /var/lib/dbms && echo old >/var/lib/dbms/old").code == 0)
            #expect(try system.run(action.apply("n", [:])).code == 0)
            let back = try system.run(action.undo("n"))
            #expect(back.code == 0, "\(back.output)")
            #expect(try system.packages() == ["base", "dbms-15-"])
            #expect(system.holds("/var/lib/dbms/old"))
        }
        try withSystem(Self.database) { system in
            // dpkg's log tells whole seconds: the earlier life may end in the second in which this step begins, or, where
            // the clock was set back since, after it.
            let before = """
                apt-get -qq -y install dbms-15 && apt-get -qq -y remove dbms-15 && rm -rf /var/lib/dbms &&
                sed -i "s/^....-..-.. ..:..:../$(date -d '1 hour' '+%F %T')/" /var/log/dpkg.log
                """
            #expect(try system.run(before).code == 0)
            #expect(try system.run(action.apply("n", [:])).code == 0)
            let back = try system.run(action.undo("n"))
            #expect(back.code == 0, "\(back.output)")
            #expect(try system.packages() == ["base", "dbms-15-"])
        }
    }

    @Test("a purge whose work is written elsewhere is not done")
    func hidden() throws {
        let action = try Self.install("hidden")
        try withSystem(Self.database) { system in
            #expect(try system.run("mkdir -p /etc/x").code == 0)
            #expect(try system.run(action.apply("n", [:])).code == 0)
            let back = try system.run(action.undo("n"))
            #expect(back.output.contains("removed, with its settings and data kept: hidden"), "\(back.output)")
        }
    }

    @Test("a package that was there without being asked for is so again")
    func marks() throws {
        let action = try Self.install("app", "lib")
        try withSystem(Self.packages) { system in
            #expect(try system.run("apt-get -qq -y install user").code == 0)
            #expect(try system.run(action.apply("n", [:])).code == 0)
            #expect(try system.run("apt-mark showmanual").output == "app\nbase\nlib\nuser\n")
            let back = try system.run(action.undo("n"))
            #expect(back.code == 0, "\(back.output)")
            #expect(try system.run("apt-mark showmanual").output == "base\nuser\n")
            #expect(try system.packages() == ["base", "lib", "user"])
        }
    }

    /// Ends everything at a command of the work, or in the middle of dpkg; then the owner repairs the system and goes on.
    @Test(
        "whenever the power goes, what was there and what the owner installs after it stays, and the undo says the rest"
    )
    func cutOff() throws {
        let action = try Self.install("app")
        let packages = """
            pkg base 1; pkg other 1
            for part in preinst postinst; do
                mkdir -p $P; echo "[ ! -e /run/$part ] || { kill -9 -1; kill -9 \\$\\$; }" >$P/$part; pkg $part 1
            done
            pkg app 1 'Depends: preinst, postinst'
            """
        try withSystem(packages) { clean in
            let all = try clean.copy(to: clean.root.appendingPathExtension("count"))
            defer { try? FileManager.default.removeItem(at: all.root) }
            #expect(try all.run(action.apply("n", [:])).code == 0)
            let count = try all.count()
            #expect(try all.run(action.undo("n")).code == 0)
            let undoCount = try all.count()
            #expect(try all.packages() == ["base"])

            func trial(_ what: String, cut: (AptSandbox) throws -> Void, owner: String = "other") throws {
                let system = try clean.copy(to: clean.root.appendingPathExtension("cut"))
                defer { try? FileManager.default.removeItem(at: system.root) }
                try cut(system)
                let owned = try system.run(
                    "dpkg --configure -a; apt-get -qq -y -f install && apt-get -qq -y install \(owner)")
                #expect(owned.code == 0, "\(what): \(owned.output)")
                let back = try system.run(action.undo("n"))
                let left = try system.packages()
                #expect(left.isSuperset(of: ["base", owner]), "\(what): \(left) \(back.output)")
                // What stays beside that is named.
                let rest = left.subtracting(["base", owner, "preinst-", "postinst-", "app-"])
                #expect(
                    back.code == (back.output.contains("note these packages stay") ? 20 : 0), "\(what): \(back.output)")
                for name in rest { #expect(back.output.contains("\(name) ("), "\(what): \(name): \(back.output)") }
            }
            for call in stride(from: 1, through: count, by: 3) {
                try trial("the work cut off at \(call)", cut: { _ = try $0.run(action.apply("n", [:]), killing: call) })
            }
            for part in ["preinst", "postinst"] {
                for owner in ["other", "postinst"] {
                    try trial(
                        "dpkg cut off in \(part)",
                        cut: {
                            _ = try $0.run(": >/run/\(part)")
                            #expect(try $0.run(action.apply("n", [:])).code == 137)
                            _ = try $0.run("rm /run/\(part)")
                        }, owner: owner)
                }
            }
            for call in stride(from: 2, through: undoCount, by: 5) {
                try trial(
                    "the undo cut off at \(call)",
                    cut: {
                        _ = try $0.run(action.apply("n", [:]))
                        _ = try $0.run(action.undo("n"), killing: call)
                    })
            }
        }
    }
}
