import ArgumentParser
import Foundation
import Inventory

/// `harun init`: writes a commented inventory.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a commented inventory.toml to fill in.",
        discussion: "An existing file is never overwritten. Then: harun check FILE, harun trust FILE.")

    @Argument(help: "The file to write.") var file = "inventory.toml"

    func run() async throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = errno == EEXIST ? "it exists already" : String(cString: strerror(errno))
            throw Console.failure("cannot write \(file): \(reason)", .badInput)
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data(InventoryTemplate.text.utf8))
        Console.out("wrote \(file)")
        Console.err("next:  fill it in, then: harun check \(file)")
    }
}
