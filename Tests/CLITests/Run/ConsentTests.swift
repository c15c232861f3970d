import TestSupport
import Testing

/// The one question before the first change.
@Suite("Consent")
struct ConsentTests {
    @Test("what is overwritten and what is interrupted is said before anybody says yes")
    func consequences() throws {
        let node = try LoopbackNode()
        let program = try Program()
        try program.write("inventory.toml", node.section("web1"))
        try program.write(
            "site/runbook.toml",
            """
            [runbook]
            name = "site"
            [[stage]]
            name = "one"
            [[stage.step]]
            id = "boot"
            action = "host.reboot"
            with = { until_active = "graphical.target" }
            [[stage.step]]
            id = "disk"
            action = "fs.make"
            with = { cluster = "c", wwid = "0x6001405000000001", format = "if-empty" }

            """)
        let terminal = try TerminalSession(program, "run", "site", "inventory.toml", "--output", "plain")
        #expect(terminal.waits(for: "Go on? [y/N] "), "\(terminal.seen)")
        for words in [
            "may overwrite: make an ext4 file system on LUN 0x6001405000000001",
            "where it is not done yet: reboots nodes on which graphical.target is not active, one after the other",
        ] {
            #expect(terminal.seen.contains(words), "\(terminal.seen)")
        }
        terminal.type("n\n")
        #expect(terminal.wait() != 0)
        #expect(terminal.seen.contains("nothing was done"), "\(terminal.seen)")
    }
}
