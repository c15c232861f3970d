import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

private func strings(_ texts: String...) -> Value.Content {
    .array(texts.map { Value(.string($0), at: SourceLocation(file: "runbook.toml", line: 1, column: 1)) })
}

@Suite("apt.install")
struct AptInstallTests {
    @Test("needs names of packages, and takes nothing that a shell or apt could read as more")
    func reading() {
        #expect(read(AptInstall.self).messages == ["`with` needs `packages`"])
        #expect(read(AptInstall.self, ["packages": strings()]).messages == ["`packages` must not be empty"])
        for name in ["-o", "a b", "Upper", "x;y", "pkg=1", "pkg-", ""] where name != "pkg-" {
            #expect(read(AptInstall.self, ["packages": strings(name)]).action == nil, "\(name)")
        }
        for name in ["a1|", "|a1", "a1||b1", "a1|-o"] {
            #expect(read(AptInstall.self, ["packages": strings(name)]).action == nil, "\(name)")
        }
        #expect(read(AptInstall.self, ["packages": strings("libstdc++6", "0ad", "a1|b1|c1")]).action != nil)
        #expect(read(AptInstall.self, ["packages": strings("a1"), "vm": .string("-x")]).action == nil)
    }

    @Test("its scripts stay as they are")
    func golden() throws {
        try GoldenScripts.expect(
            make(AptInstall.self, ["packages": strings("pacemaker", "resource-agents", "lightdm")]))
        try GoldenScripts.expect(
            make(
                AptInstall.self,
                [
                    "packages": strings("qemu-system-x86", "a1|b1"), "recommends": .boolean(false),
                    "vm": .string("opencart"),
                ]),
            as: "apt.install.machine")
    }

    @Test("a step that goes ahead takes the later steps' packages along where both mean the same kind of transaction")
    func ahead() throws {
        func step(_ names: String..., ahead: Bool = false, recommends: Bool = false, vm: String? = nil) throws
            -> AptInstall
        {
            let packages = Value.Content.array(
                names.map { Value(.string($0), at: SourceLocation(file: "r", line: 1, column: 1)) })
            guard let vm else {
                return try make(
                    AptInstall.self,
                    ["packages": packages, "ahead": .boolean(ahead), "recommends": .boolean(recommends)])
            }
            return try make(
                AptInstall.self,
                [
                    "packages": packages, "ahead": .boolean(ahead), "recommends": .boolean(recommends),
                    "vm": .string(vm),
                ])
        }
        let first = try step("a1", "b1", ahead: true)
        #expect(try first.takingAlong(step("b1", "c1|d1")).summary == "install a1 b1 c1|d1")
        let both = try first.takingAlong(step("c1", vm: "shop"))
        #expect(both.summary == "install a1 b1 c1 and what shop needs")
        #expect(first.scope == .node && both.scope == .fleet)
        #expect(try both.takingAlong(step("d1", vm: "other")).summary == both.summary)
        #expect(try first.takingAlong(step("c1", recommends: true)).summary == "install a1 b1")
        #expect(try step("a1").takingAlong(step("c1")).summary == "install a1")
    }

    private static let spice = """
        <domain type='kvm'><name>shop</name><devices><graphics type='spice'/><interface type='network'/></devices></domain>
        """

    @Test("what a machine needs is wanted on every node, and a node that has it under either name is done")
    func machine() throws {
        let action = try make(AptInstall.self, ["packages": strings("qemu-system-x86"), "vm": .string("shop")])
        func seen(
            _ installed: String, offered: String = "", definition: Bool = false, code: UInt8 = ScriptPrelude.satisfied
        ) -> Observation {
            Observation(
                code: code, facts: ["installed": installed, "offered": offered],
                secrets: definition ? ["definition": Self.spice] : [:])
        }
        let verdicts = action.judge([
            "n1": seen("qemu-system-common dnsmasq-base", definition: true), "n2": seen("qemu-system-modules-spice"),
            "n3": seen("", code: ScriptPrelude.refused),
            // The later name is there in this release too, with less in it.
            "n4": seen("qemu-system-common dnsmasq-base", offered: "qemu-system-modules-spice"),
        ])
        #expect(verdicts["n1"] == .satisfied)
        #expect(verdicts["n2"] == .needed("not installed, and shop needs it: dnsmasq-base"))
        #expect(verdicts["n4"] == .needed("not installed, and shop needs it: qemu-system-modules-spice"))
        guard case .refused = verdicts["n3"] else {
            Issue.record("\(String(describing: verdicts["n3"]))")
            return
        }
        let script = try #require(action.apply("n2", ["n1": seen("", definition: true), "n2": seen("")])).text
        #expect(script.contains("want qemu-system-modules-spice qemu-system-common"))
        #expect(!script.contains("ovmf"))
        #expect(action.undo("n2")?.text.contains("ovmf") == true)
    }
}

@Suite("systemd.unit and systemd.default-target")
struct SystemdTests {
    @Test("full names of units are needed, each once")
    func reading() {
        #expect(read(SystemdUnit.self).action == nil)
        #expect(read(SystemdUnit.self, ["mask": strings("sleep")]).action == nil)
        #expect(read(SystemdUnit.self, ["mask": strings("a.target"), "enable": strings("a.target")]).action == nil)
        #expect(read(SystemdUnit.self, ["enable": strings("-x.service")]).action == nil)
        #expect(
            read(SystemdUnit.self, ["enable": strings("getty@tty1.service", #"dev-disk-a\x2db.mount"#)]).action != nil)
        #expect(read(SystemdDefaultTarget.self, ["target": .string("graphical")]).action == nil)
        #expect(read(SystemdDefaultTarget.self).action == nil)
    }

    @Test("libvirt-guests is disabled without being stopped")
    func disableOnly() throws {
        let action = try make(SystemdUnit.self, ["disable_only": strings("libvirt-guests.service")])
        let text = action.apply("nodo1", [:])?.text ?? ""
        #expect(text.contains("disable '' libvirt-guests.service"))
        #expect(!text.contains("--now"))
        #expect(action.summary == "disable for the next boot libvirt-guests.service")
    }

    @Test("their scripts stay as they are")
    func golden() throws {
        try GoldenScripts.expect(
            make(
                SystemdUnit.self,
                [
                    "mask": strings("sleep.target"), "enable": strings("libvirtd.service"),
                    "disable": strings("a.service"),
                    "disable_only": strings("libvirt-guests.service"),
                ]))
        try GoldenScripts.expect(make(SystemdDefaultTarget.self, ["target": .string("graphical.target")]))
    }
}

@Suite("file.write")
struct FileWriteTests {
    @Test(
        "wants a plain absolute path and an octal mode",
        arguments: ["relative", "/a/../b", "/a//b", "/a/", "/", "/a/./b", "/a\nb"])
    func paths(path: String) {
        #expect(read(FileWrite.self, ["path": .string(path), "content": .string("x")]).action == nil)
    }

    @Test("modes are octal, and content is text", arguments: ["0888", "u+x", "77777", "4755"])
    func modes(mode: String) {
        let with: KeyValuePairs<String, Value.Content> = [
            "path": .string("/a"), "content": .string(""), "mode": .string(mode),
        ]
        #expect(read(FileWrite.self, with).action == nil)
        #expect(read(FileWrite.self, ["path": .string("/a")]).messages == ["`with` needs `content`"])
        #expect(read(FileWrite.self, ["path": .string("/a"), "content": .string("a\0b")]).action == nil)
    }

    @Test("its scripts stay as they are")
    func golden() throws {
        try GoldenScripts.expect(
            make(
                FileWrite.self,
                [
                    "path": .string("/etc/x/50-harun.conf"), "content": .string("it's\n$HOME\n"),
                    "reload": .boolean(true),
                ]))
    }
}

@Suite("host.reboot")
struct HostRebootTests {
    private static let old = CommandResult.ended(0, "fact boot_id old\nfact system running\nfact unit inactive\n")
    private static let new = CommandResult.ended(0, "fact boot_id new\nfact system degraded\nfact unit active\n")

    private func reboot(_ answers: @escaping ScriptedContext.Answer) async throws -> ([String: String], [String]) {
        let action = try make(HostReboot.self, ["until_active": .string("graphical.target")])
        let context = ScriptedContext(answers)
        let figures = try await action.perform(on: "nodo1", [:], in: context)
        return (figures, context.log)
    }

    @Test("waits until another boot id shows, with the unit active")
    func works() async throws {
        let count = Boots()
        let (figures, log) = try await reboot { script, _ in
            if script.contains("systemd-run") { return .ended(0, "fact boot_id old\n") }
            return count.next() < 3 ? Self.old : Self.new
        }
        #expect(figures == ["boot_id": "new"])
        #expect(log.contains("nodo1: reconnect"))
    }

    @Test("does nothing where the unit came up meanwhile")
    func unneeded() async throws {
        let (figures, log) = try await reboot { _, _ in .ended(0) }
        #expect(figures == [:])
        #expect(log.count == 1)
    }

    @Test("a guard's refusal ends it, with the guard's words")
    func refused() async throws {
        await #expect(throws: ProcedureFailure("nodo1: a guest runs here")) {
            try await reboot { _, _ in .ended(20, "note a guest runs here\n") }
        }
    }

    @Test("a unit that never comes up is told")
    func neverUp() async throws {
        await #expect(throws: ProcedureFailure.self) {
            try await reboot { script, _ in
                script.contains("systemd-run")
                    ? .ended(0, "fact boot_id old\n")
                    : .ended(0, "fact boot_id new\nfact system running\nfact unit failed\n")
            }
        }
    }

    @Test("needs a unit's name")
    func reading() {
        #expect(read(HostReboot.self).action == nil)
        #expect(read(HostReboot.self, ["until_active": .string("graphical; reboot")]).action == nil)
    }

    @Test("a run that is resumed in the middle of the reboot asks for no second one")
    func askedOnce() throws {
        let action = try make(HostReboot.self, ["until_active": .string("graphical.target")])
        let folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/bin", withIntermediateDirectories: true)
        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/" + name)
        }
        func order() throws -> (code: UInt8, output: String) {
            try shell(
                "PATH=\(folder)/bin:$PATH\n" + action.order.text,
                environment: ["HARUN_STATE": folder + "/state", "FAKE": folder])
        }
        func requests() -> Int {
            let text = try? String(contentsOfFile: folder + "/requests", encoding: .utf8)
            return text?.split(separator: "\n").count ?? 0
        }
        try write(
            "bin/systemctl",
            "#!/bin/sh\ncase $1 in get-default) echo graphical.target;; is-system-running) cat $FAKE/system;; *) exit 3;; esac\n"
        )
        try write("bin/systemd-run", "#!/bin/sh\necho reboot >>$FAKE/requests\n")
        try write("system", "running")
        let first = try order()
        #expect(first.code == 0, "\(first.output)")
        #expect(requests() == 1)
        // The same boot: the order stands.
        #expect(try order().output == first.output)
        #expect(requests() == 1)
        // Another boot, still coming up: what was ordered has happened.
        try write("state/ordered", "before 17\n")
        try write("system", "starting")
        #expect(try order().output == "fact boot_id before\n")
        #expect(requests() == 1)
        // It came up, and without the unit: worth another reboot.
        try write("system", "degraded")
        #expect(try order().code == 0)
        #expect(requests() == 2)
    }

    @Test(
        "a display manager that this boot has not tried asks for a reboot, one that was tried does not",
        arguments: [
            ("LoadState=not-found\nConditionTimestampMonotonic=0", "fact boot_id"),
            ("LoadState=loaded\nConditionTimestampMonotonic=0", "note a display manager was installed"),
            ("LoadState=loaded\nConditionTimestampMonotonic=8154321", "fact boot_id"),
        ])
    func displayManager(state: String, last: String) throws {
        let action = try make(HostReboot.self, ["until_active": .string("graphical.target")])
        let systemctl =
            "systemctl() { case $1 in show) echo '\(state)';; is-active) [ $3 = graphical.target ];; esac; }\n"
        let (code, output) = try shell(systemctl + action.probe("nodo1").text, environment: [:])
        let lines = output.split(separator: "\n")
        #expect(lines.last?.hasPrefix(last) == true, "\(code) \(output)")
    }

    @Test("its scripts stay as they are")
    func golden() throws {
        let action = try make(HostReboot.self, ["until_active": .string("graphical.target")])
        try GoldenScripts.expect(action)
        try GoldenScripts.expect(action.order, "host.reboot.order")
    }
}
