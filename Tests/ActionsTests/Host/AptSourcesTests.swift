import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// `apt.install` on hosts that are set up otherwise than a fresh one, with the real apt and dpkg.
@Suite("apt.install works on a host as its owner has set it up", .enabled(if: geteuid() == 0))
struct AptSourcesTests {
    private static let packages = """
        pkg base 1; pkg lib 1; pkg extra 1; pkg app 1 'Depends: lib' 'Recommends: extra'; pkg old 1; pkg only-here 1
        """

    private static func install(_ names: String..., recommends: Bool = false) throws -> AptInstall {
        let place = SourceLocation(file: "r", line: 1, column: 1)
        return try make(
            AptInstall.self,
            ["packages": .array(names.map { Value(.string($0), at: place) }), "recommends": .boolean(recommends)])
    }

    private func withSystem(_ packages: String = packages, _ body: (AptSandbox) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let sandbox = try AptSandbox(folder, packages: packages)
        #expect(try sandbox.run("apt-get -qq update && apt-get -qq -y install base").code == 0)
        try body(sandbox)
    }

    @Test("recommended packages come as the step says, whatever the host's apt would do", arguments: [true, false])
    func recommended(recommends: Bool) throws {
        try withSystem { system in
            let set = "echo 'APT::Install-Recommends \"\(!recommends)\";' >/etc/apt/apt.conf.d/10owner"
            #expect(try system.run(set).code == 0)
            let action = try Self.install("app", recommends: recommends)
            let done = try system.run(action.apply("n", [:]))
            #expect(done.code == 0, "\(done.output)")
            let wanted: Set<String> = recommends ? ["base", "lib", "app", "extra"] : ["base", "lib", "app"]
            #expect(try system.packages() == wanted)
        }
    }

    @Test(
        "a package of several names goes by the first that is installed or that apt has, whichever later one is there")
    func names() throws {
        try withSystem { system in
            let seen = try system.run(Self.install("gone|app").probe("n"))
            #expect(seen.output.contains("note not installed: app\n"), "\(seen.output)")
            let nowhere = try system.run(Self.install("gone|away").probe("n"))
            #expect(nowhere.output.contains("note not installed: away\n"), "\(nowhere.output)")
            #expect(try system.run("apt-get -qq -y install old").code == 0)
            #expect(try system.run(Self.install("gone|old").probe("n")).code == ScriptPrelude.satisfied)
            let action = try Self.install("only-here|old", "gone|app", "base|gone")
            let done = try system.run(action.apply("n", [:]))
            #expect(done.code == 0, "\(done.output)")
            #expect(try system.packages() == ["base", "old", "only-here", "app", "lib"])
            #expect(try system.run(action.probe("n")).code == ScriptPrelude.satisfied)
            let back = try system.run(action.undo("n"))
            #expect(back.code == 0, "\(back.output)")
            #expect(try system.packages() == ["base", "old"])
        }
    }

    @Test("agents that a release splits in two are known by what apt has, whatever the release is called")
    func split() throws {
        let halves =
            "pkg resource-agents-base 1; pkg resource-agents-extra 1; pkg fence-agents-base 1; pkg fence-agents-extra 1"
        let whole = """
            pkg resource-agents 1 'Depends: resource-agents-base, resource-agents-extra'
            pkg fence-agents 1 'Depends: fence-agents-base, fence-agents-extra'
            """
        let parts: Set = ["resource-agents-base", "resource-agents-extra", "fence-agents-base", "fence-agents-extra"]
        let action = try Self.install("resource-agents", "fence-agents-sbd|fence-agents")
        func installs(_ packages: String, first: String = "", _ wanted: Set<String>) throws {
            try withSystem("pkg base 1; \(packages)") { system in
                if !first.isEmpty { #expect(try system.run("apt-get -qq -y install \(first)").code == 0) }
                let done = try system.run(action.apply("n", [:]))
                #expect(done.code == 0, "\(done.output)")
                #expect(try system.packages() == wanted.union(["base"]))
                #expect(try system.run(action.probe("n")).code == ScriptPrelude.satisfied)
                let back = try system.run(action.undo("n"))
                #expect(back.code == 0, "\(back.output)")
                #expect(try system.packages() == Set(["base"] + first.split(separator: " ").map(String.init)))
            }
        }
        // Ubuntu 22.04; a node that pacemaker brought its part to; 24.04 and 26.04, where fence_sbd has a package of its own.
        try installs("\(halves); \(whole)", parts)
        try installs(halves, first: "resource-agents-base", parts)
        try installs(
            "\(halves); pkg fence-agents-sbd 1", ["resource-agents-base", "resource-agents-extra", "fence-agents-sbd"])
        // Debian 12, and 13.
        try installs("pkg resource-agents 1; pkg fence-agents 1", ["resource-agents", "fence-agents"])
        try installs(
            "pkg resource-agents 1; pkg fence-agents 1; pkg fence-agents-sbd 1",
            ["resource-agents", "fence-agents-sbd"])
        // The whole ones, where somebody has them, stand for their parts.
        try withSystem("pkg base 1; \(halves); \(whole)") { system in
            let made = try system.run("apt-get -qq -y install resource-agents fence-agents")
            #expect(made.code == 0)
            #expect(try system.run(action.probe("n")).code == ScriptPrelude.satisfied)
        }
    }

    @Test("a package that is there stays in its version, and is kept from autoremove from then on")
    func versions() throws {
        try withSystem("\(Self.packages); pkg base 2") { system in
            let older = "apt-get -qq -y --allow-downgrades install base=1 && apt-mark -qq auto base"
            #expect(try system.run(older).code == 0)
            let done = try system.run(Self.install("base", "app").apply("n", [:]))
            #expect(done.code == 0, "\(done.output)")
            #expect(try system.run("dpkg-query -W -f '${Version}' base; apt-mark showmanual base").output == "1base\n")
        }
    }

    @Test("a source that cannot be used is a warning, and the rest is installed from the others")
    func sources() throws {
        try withSystem { system in
            let broken =
                "echo 'deb [trusted=yes] file:/gone ./' >>/etc/apt/sources.list; rm -f /var/lib/harun/apt-updated"
            #expect(try system.run(broken).code == 0)
            let done = try system.run(Self.install("app").apply("n", [:]))
            #expect(
                done.code == 0 && done.output.contains("warning: ") && done.output.contains("/gone"), "\(done.output)")
            #expect(try system.packages() == ["base", "lib", "app"])
            #expect(!system.holds("/var/lib/harun/apt-updated"))
            let missing = try system.run(Self.install("nosuch").apply("n", [:]))
            #expect(
                missing.code == 1 && missing.output.contains("Unable to locate package nosuch"), "\(missing.output)")
        }
    }

    @Test(
        "each of apt's and dpkg's locks is waited for, and who has it is told",
        arguments: [
            "/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock",
            "/var/cache/apt/archives/lock",
        ])
    func locks(lock: String) throws {
        try withSystem { system in
            #expect(try system.run(AptLocks.holder + "\nholder").output.isEmpty)
            // A POSIX lock of the whole file, as apt's and dpkg's are, until a file appears.
            let both = """
                perl -MFcntl -e 'my $lock = pack("s s x4 q q l x4", F_WRLCK, 0, 0, 0, 0);
                    open(F, ">>", $ARGV[0]) && fcntl(F, F_SETLK, $lock) or die;
                    open(G, ">", "/run/has"); close(G); select(undef, undef, undef, 0.05) until -e "/run/go"' \(lock) & other=$!
                n=0; until [ -e /run/has ] || [ $n -gt 400 ]; do n=$((n + 1)); sleep 0.05; done
                rm -f /var/lib/harun/apt-updated
                sh /run/script >/run/out 2>&1 & ours=$!
                n=0; until grep -q 'which has a lock' /run/out || [ $n -gt 400 ]; do n=$((n + 1)); sleep 0.05; done
                : >/run/go; wait $other || exit 1; wait $ours; rc=$?; cat /run/out; exit $rc
                """
            let done = try system.run(both, script: try Self.install("app").apply("n", [:]))
            #expect(done.code == 0, "\(done.output)")
            #expect(
                done.output.contains(/waiting for process [0-9]+ \(perl\), which has a lock of apt or dpkg/),
                "\(done.output)")
            #expect(try system.packages() == ["base", "lib", "app"])
        }
    }

    @Test("a proxy that is set for logins counts, in any form that pam_env takes, and nothing else of that file does")
    func proxies() throws {
        try withSystem { system in
            let file = """
                cat >/etc/environment <<'END'
                # a proxy
                http_proxy="http://10.77.1.1:3128/"
                export https_proxy='http://10.77.1.2:3128/'
                no_proxy=localhost,10.0.0.0/8
                LD_PRELOAD=/nonexistent
                PATH=/nonexistent
                END
                printf 'ftp_proxy=http://10.77.1.3/' >>/etc/environment
                """
            #expect(try system.run(file).code == 0)
            let seen = try system.run(
                "\(AptRecord.environment)\necho \"$http_proxy $https_proxy $no_proxy $ftp_proxy ${LD_PRELOAD-none} $PATH\""
            )
            #expect(
                seen.output == """
                    http://10.77.1.1:3128/ http://10.77.1.2:3128/ localhost,10.0.0.0/8 http://10.77.1.3/ none \
                    /stub:/usr/sbin:/usr/bin:/sbin:/bin

                    """)
        }
    }
}
