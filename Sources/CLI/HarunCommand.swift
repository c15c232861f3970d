import ArgumentParser

/// `harun`: the root of the command line.
struct HarunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "harun",
        abstract: "Takes plain Debian hosts and an iSCSI target to a proven Pacemaker cluster, over SSH alone.",
        discussion: """
            First time:
              harun init inventory.toml    write an inventory to fill in
              harun trust inventory.toml   compare and pin the nodes' host keys
              harun check --online inventory.toml
              harun deploy inventory.toml  all of it, to a measured failover

            After a power cut, a Ctrl-C or a failed stage: harun resume inventory.toml

            Exit codes: 0 done, 1 a step failed, 2 rolled back, 3 state unknown,
            4 refused by a guard, 64 usage, 65 bad inventory or runbook,
            75 locked by another run, 130 interrupted.
            """,
        version: Program.version,
        subcommands: [
            InitCommand.self, TrustCommand.self, CheckCommand.self, PlanCommand.self, DeployCommand.self,
            RunCommand.self, ResumeCommand.self, RollbackCommand.self, StatusCommand.self, ExecCommand.self,
            CopyCommand.self,
            RunsCommand.self, ShowCommand.self,
        ])
}
