package import Transport

/// The same trial with a fault at one byte after another, through handshake, login, command and close.
package struct FaultMatrix: Sendable {
    /// What the trials came to.
    package struct Result: Sendable {
        /// How many trials there were.
        package var trials = 0
        /// How many of them ended with the proved success of their command.
        package var successes = 0
        /// The first byte from which on the command succeeds.
        package var firstSuccess = 0
        /// Everything that was not true.
        package var lies: [String] = []
    }

    private let server: OpenSSHServer
    private let name: String
    private let connector: @Sendable (Int) -> any Connector

    /// - Parameters:
    ///   - name: of the fault, for markers and messages.
    ///   - connector: answers the connector that commits the fault at a byte.
    package init(_ server: OpenSSHServer, _ name: String, connector: @escaping @Sendable (Int) -> any Connector) {
        self.server = server
        self.name = name
        self.connector = connector
    }

    /// Cuts at every `stride`-th byte from none to some hundred behind the command's success.
    package func cutEverywhere(stride: Int) async -> Result {
        let enough = await firstSuccess()
        var result = await run(Swift.stride(from: 0, through: enough + 600, by: stride).map { $0 })
        result.firstSuccess = enough
        return result
    }

    /// The first byte, give or take sixteen, at which a cut leaves the command its success.
    package func firstSuccess() async -> Int {
        var tooFew = 0
        var enough = 16384
        while tooFew < enough - 16 {
            let middle = (tooFew + enough) / 2
            let trial = FaultTrial(server, name: "\(name)-search-\(middle)")
            if await trial.run(connector(middle)) == .ended(.exited(0)) { enough = middle } else { tooFew = middle }
        }
        return enough
    }

    /// One trial for each number, eight at once.
    ///
    /// - Parameters:
    ///   - mayTimeOut: whether the fault is one that can only be noticed by its silence.
    ///   - timeout: the command's.
    package func run(
        _ numbers: [Int], mayTimeOut: Bool = false, timeout: Duration = .seconds(20)
    ) async -> Result {
        let reports = await withTaskGroup(of: (Int, FaultTrial.Report).self) { group in
            var reports: [Int: FaultTrial.Report] = [:]
            for (count, number) in numbers.enumerated() {
                if count >= 8, let (number, report) = await group.next() { reports[number] = report }
                group.addTask { (number, await trial(number).run(connector(number), timeout: timeout)) }
            }
            for await (number, report) in group { reports[number] = report }
            return reports
        }
        // Read only now: what a cut command still does on the node comes a little later.
        var result = Result(trials: reports.count)
        for (number, report) in reports.sorted(by: { $0.key < $1.key }) {
            if report == .ended(.exited(0)) { result.successes += 1 }
            if let lie = trial(number).lie(in: report, mayTimeOut: mayTimeOut) {
                result.lies.append("\(name) \(number): \(lie)")
            }
        }
        return result
    }

    private func trial(_ number: Int) -> FaultTrial { FaultTrial(server, name: "\(name)-\(number)") }
}
