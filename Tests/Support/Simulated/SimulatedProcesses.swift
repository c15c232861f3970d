import Foundation

/// The processes of a simulated node: all that have its folder as `$NODE_ROOT`, whoever started them.
package enum SimulatedProcesses {
    /// Ends everything that runs on the node, and returns when nothing does any more.
    package static func end(of root: String) {
        while true {
            let found = processes(of: root)
            if found.isEmpty { return }
            for process in found { kill(process, SIGKILL) }
        }
    }

    /// The ids of what runs on the node; processes that ended and were not waited for do not count.
    package static func processes(of root: String) -> [Int32] {
        let wanted = Array("NODE_ROOT=\(root)\0".utf8)
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.filter { process in
            let environment = TemporaryDirectory.content(of: "/proc/\(process)/environ")
            return environment.firstRange(of: wanted) != nil
        }
    }
}
