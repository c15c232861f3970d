import Planning
import Transport

/// What a run's fold keeps of each step and node: four bytes a pair, so that ten thousand nodes and any number
/// of steps cost little more than the nodes alone.
struct RunLedger: Sendable, Hashable {
    /// What is known of one step on one node.
    struct Cell: Sendable, Hashable {
        /// Nil until the first event that says how far the step came.
        var progress: RunState.Progress?
        /// Whether the run has begun the step there and not taken it back.
        var isTouched = false
        var attempts: UInt16 = 0
    }

    /// A pair by the numbers of its step and node.
    private struct Place: Sendable, Hashable {
        var step: UInt32
        var node: UInt32
    }

    private var steps: [StepID] = []
    private var nodes: [NodeName] = []
    private var numbersOfSteps: [StepID: UInt32] = [:]
    private var numbersOfNodes: [NodeName: UInt32] = [:]
    private var cells: [[Cell]] = []
    private var order: [Place] = []

    /// The cell of a pair, empty where nothing is known of it.
    subscript(key: RunState.Key) -> Cell {
        get {
            guard let step = numbersOfSteps[key.step], let node = numbersOfNodes[key.node] else { return Cell() }
            return cells[Int(step)].indices.contains(Int(node)) ? cells[Int(step)][Int(node)] : Cell()
        }
        set {
            let place = place(of: key)
            cells[Int(place.step)][Int(place.node)] = newValue
        }
    }

    /// The pairs that the run has begun and not taken back, in the order in which they first began.
    var touched: [RunState.Key] { order.map(key) }

    /// Notes that a pair was begun, once.
    mutating func touch(_ key: RunState.Key) {
        if self[key].isTouched { return }
        self[key].isTouched = true
        order.append(place(of: key))
    }

    /// Forgets that a pair was begun.
    mutating func release(_ key: RunState.Key) {
        guard self[key].isTouched else { return }
        self[key].isTouched = false
        let place = place(of: key)
        // Backwards, since that is the order in which steps are taken back.
        if let index = order.lastIndex(of: place) { order.remove(at: index) }
    }

    /// Every pair of which something is known, with its cell.
    var all: [(key: RunState.Key, cell: Cell)] {
        cells.indices.flatMap { step in
            cells[step].indices.compactMap { node in
                let cell = cells[step][node]
                if cell == Cell() { return nil }
                return (RunState.Key(step: steps[step], node: nodes[node]), cell)
            }
        }
    }

    /// How many pairs are like this.
    func count(where condition: (Cell) -> Bool) -> Int {
        cells.reduce(0) { $0 + $1.count(where: condition) }
    }

    private func key(_ place: Place) -> RunState.Key {
        RunState.Key(step: steps[Int(place.step)], node: nodes[Int(place.node)])
    }

    private mutating func place(of key: RunState.Key) -> Place {
        let node = numbersOfNodes[key.node] ?? UInt32(nodes.count)
        if node == nodes.count {
            numbersOfNodes[key.node] = node
            nodes.append(key.node)
        }
        let step = numbersOfSteps[key.step] ?? UInt32(steps.count)
        if step == steps.count {
            numbersOfSteps[key.step] = step
            steps.append(key.step)
            cells.append([])
        }
        let missing = nodes.count - cells[Int(step)].count
        if missing > 0 { cells[Int(step)].append(contentsOf: repeatElement(Cell(), count: missing)) }
        return Place(step: step, node: node)
    }
}
