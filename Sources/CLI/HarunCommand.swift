package import ArgumentParser

/// `harun`: the root of the command line.
package struct HarunCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "harun",
        abstract: "Takes plain Debian hosts and an iSCSI target to a proven Pacemaker cluster.")

    package init() {}
}
