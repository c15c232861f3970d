import Foundation
import Testing

/// The command line as scripts depend on it: exit codes, streams, and errors that say what to type next.
@Suite("the command line")
struct CommandLineTests {
    private let program: Program

    init() throws { program = try Program() }

    private static let inventory = """
        [cluster]
        name = "shop"
        [ssh]
        identity = "id"
        known_hosts = "known_hosts"
        [[node]]
        name = "nodo1"
        address = "192.0.2.11"
        [[node]]
        name = "nodo2"
        address = "192.0.2.12"
        [iscsi]
        portal = "192.0.2.5:3260"
        target = "iqn.2005-10.org.example:ha"
        [storage]
        lun = 1
        mount = "/mnt/shared_storage"
        format = "if-empty"
        [fencing]
        method = "sbd"
        lun = 2
        watchdog = "/dev/watchdog"
        """

    @Test(
        "every command's help fits one screen and teaches",
        arguments: [
            "", "init", "trust", "check", "plan", "deploy", "run", "resume", "rollback", "status", "exec", "copy",
            "runs", "show",
        ])
    func help(command: String) throws {
        let result = try command.isEmpty ? program.run("--help") : program.run(command, "--help")
        #expect(result.code == 0)
        #expect(result.out.split(separator: "\n", omittingEmptySubsequences: false).count <= 48)
        #expect(result.out.contains("USAGE: harun"))
    }

    @Test("init writes an inventory that check reads, and never overwrites one")
    func initialise() throws {
        let first = try program.run("init", "new.toml")
        #expect(first.code == 0)
        #expect(first.err.contains("next:  fill it in, then: harun check new.toml"))
        let second = try program.run("init", "new.toml")
        #expect(second.code == 65)
        #expect(second.err.contains("cannot write new.toml: it exists already"))
    }

    @Test("check tells what a good inventory leads to")
    func check() throws {
        try program.write("good.toml", Self.inventory)
        let result = try program.run("check", "good.toml")
        #expect(result.code == 0, "\(result.err)")
        #expect(result.out.contains("2 nodes, stages preflight, packages, storage, cluster, fencing"))
    }

    @Test("check as JSON is one object, whether something is wrong or nothing")
    func checkJSON() throws {
        try program.write("good.toml", Self.inventory)
        let good = try program.run("check", "good.toml", "--output", "json")
        #expect(good.code == 0)
        #expect(
            good.out == "{\"errors\":[],\"inventory\":\"good.toml\",\"nodes\":[\"nodo1\",\"nodo2\"],\"stages\":"
                + "[\"preflight\",\"packages\",\"storage\",\"cluster\",\"fencing\",\"resources\",\"constraints\"]}\n")
        try program.write("bad.toml", Self.inventory.replacing("lun = 1", with: "lun = -1"))
        let bad = try program.run("check", "bad.toml", "--output", "json")
        #expect(bad.code == 65 && bad.err.isEmpty)
        #expect(
            bad.out
                == "{\"errors\":[{\"column\":7,\"file\":\"bad.toml\",\"line\":16,\"message\":\"`lun` must lie between "
                + "0 and 16383\"}],\"inventory\":\"bad.toml\",\"nodes\":[],\"stages\":[]}\n")
        try program.write("alone.toml", "[[node]]\nname = \"n1\"\naddress = \"192.0.2.1\"\n")
        let alone = try program.run("check", "alone.toml", "--output", "json")
        #expect(alone.code == 65 && alone.out.contains("a cluster needs a [cluster] section"))
        let missing = try program.run("check", "nothing.toml", "--output", "json")
        #expect(missing.code == 65 && missing.out.hasPrefix("{\"errors\":[{\"file\":\"nothing.toml\",\"message\":"))
    }

    @Test("a mistyped key is an error with its place, on standard error, with exit code 65")
    func mistyped() throws {
        try program.write("bad.toml", Self.inventory.replacing("mount =", with: "mout ="))
        for command in [["check", "bad.toml"], ["deploy", "bad.toml", "--yes"], ["plan", "bad.toml"]] {
            let result = try program.run(command[0], command[1], command.count > 2 ? command[2] : "--output=plain")
            #expect(result.code == 65)
            #expect(result.out.isEmpty)
            #expect(result.err.contains("bad.toml:17:1: error: unknown key `mout`"), "\(result.err)")
            #expect(result.err.contains("next: "))
        }
    }

    @Test("a missing inventory names the command that makes one")
    func missing() throws {
        let result = try program.run("deploy", "nothing.toml", "--yes")
        #expect(result.code == 65)
        #expect(result.err.contains("next:  harun init nothing.toml"))
    }

    @Test("without a terminal nothing is asked and nothing is done unless --yes is given")
    func noTerminal() throws {
        try program.write("good.toml", Self.inventory)
        let result = try program.run("deploy", "good.toml")
        #expect(result.code == 64)
        #expect(result.err.contains("harun deploy good.toml --yes"))
    }

    @Test("a stage that does not exist is refused with the names of those that do")
    func unknownStage() throws {
        try program.write("good.toml", Self.inventory)
        let result = try program.run("deploy", "good.toml", "--only", "storge", "--yes")
        #expect(result.code == 64)
        #expect(result.err.contains("this plan has no stage `storge`"))
        #expect(result.err.contains("storage"))
    }

    @Test("trust without a terminal wants fingerprints to compare with")
    func trust() throws {
        try program.write("good.toml", Self.inventory)
        #expect(try program.run("trust", "good.toml").code == 64)
        #expect(try program.run("trust", "good.toml", "--yes").code == 64)
    }

    @Test("runs and show say that there is nothing yet")
    func noRuns() throws {
        #expect(try program.run("runs").out == "no runs yet\n")
        let show = try program.run("show")
        #expect(show.code == 64)
        #expect(show.err.contains("there are no runs yet"))
    }

    @Test("resume without any run that could be gone on with says so")
    func nothingToResume() throws {
        let result = try program.run("resume")
        #expect(result.code == 64)
        #expect(result.err.contains("there is no run that waits to be gone on with"))
        #expect(try program.run("resume", "20261123-190214-k3f9").err.contains("there is no run 20261123-190214-k3f9"))
    }

    @Test("deploy refuses a limit where a step needs every node, and a plan that is another one")
    func deployOptions() throws {
        try program.write("good.toml", Self.inventory)
        let limited = try program.run("deploy", "good.toml", "--yes", "--limit", "nodo1")
        #expect(limited.code == 64)
        #expect(limited.err.contains("needs every node, so the run cannot be limited to nodo1"), "\(limited.err)")
        try program.write("plan.json", "{}")
        let broken = try program.run("deploy", "good.toml", "--yes", "--plan", "plan.json")
        #expect(broken.code == 65)
        #expect(broken.err.contains("next:  harun plan good.toml -o plan.json"))
        let ask = try program.run("deploy", "good.toml", "--yes", "--on-failure", "ask")
        #expect(ask.code == 64)
        #expect(ask.err.contains("--on-failure ask needs a terminal"))
    }
}
