import Reporting
import Transport

extension OutputFormat {
    /// What shows a run's events on standard output.
    ///
    /// - Parameter nodes: the run's nodes, for the width of their column.
    func renderer(nodes: [NodeName]) -> any EventRenderer {
        switch self {
        case .json: JSONRenderer { Console.out($0) }
        case .plain: TextRenderer(nodes: nodes, hasColor: false, hasStatusLine: false) { Console.raw($0) }
        case .live:
            TextRenderer(nodes: nodes, hasColor: Console.hasColor, hasStatusLine: Console.isTerminal) {
                Console.raw($0)
            }
        }
    }
}
