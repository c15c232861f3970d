import ArgumentParser
import Inventory

/// The option of every command that goes to some of an inventory's nodes.
struct NodeSelection: ParsableArguments {
    @Option(help: "Names, globs and groups, separated by commas; ! takes away.") var on: String?

    /// The nodes that are meant, all of them where nothing was said.
    ///
    /// - Throws: an exit with code 64 where nothing of the inventory is meant.
    func nodes(of fleet: Fleet) throws -> [Node] {
        guard let on else { return fleet.nodes }
        do {
            return try fleet.select(try Selector(on))
        } catch {
            throw Console.failure("\(error)", .usage)
        }
    }
}
