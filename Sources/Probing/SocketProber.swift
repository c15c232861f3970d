package import Steps

/// ``OutsideProber`` with plain sockets: echo requests, connections and GETs from this machine.
///
/// One thread asks all targets, with `poll`, so that a target that keeps silent delays no other one.
/// Place in the flow: handed to procedures by the engine; knows no node and no cluster.
package struct SocketProber: OutsideProber {
    /// How long an answer may take before its question counts as lost.
    private let patience: Duration

    package init(patience: Duration = .seconds(1)) { self.patience = patience }

    package func watch<T: Sendable>(
        _ targets: [OutsideTarget], every pause: Duration,
        during body: @Sendable (any OutsideWatch) async throws(ProcedureFailure) -> T
    ) async throws(ProcedureFailure) -> (result: T, timelines: [OutsideTimeline]) {
        var askers: [any Asker] = []
        for target in targets { askers.append(try Self.asker(for: target)) }
        let watch = SocketWatch(targets)
        let loop = ProbeLoop(askers: askers, watch: watch, pause: pause, patience: patience)
        let ended = Latch()
        startThread {
            loop.run()
            ended.open()
        }
        do throws(ProcedureFailure) {
            let result = try await body(watch)
            await stop(watch, ended)
            return (result, watch.timelines)
        } catch {
            await stop(watch, ended)
            throw error
        }
    }

    private func stop(_ watch: SocketWatch, _ ended: Latch) async {
        watch.stop()
        await ended.wait()
    }

    private static func asker(for target: OutsideTarget) throws(ProcedureFailure) -> any Asker {
        switch target {
        case .icmp(let host):
            let address = try SocketAddress.resolve(host, port: 22)
            // Without the right to send echo requests, whoever refuses a connection is there too.
            return EchoAsker(address) ?? ConnectAsker(address, path: nil, host: host, acceptsRefusal: true)
        case .answer(let host):
            return ConnectAsker(
                try SocketAddress.resolve(host, port: 22), path: nil, host: host, acceptsRefusal: true)
        case .tcp(let host, let port):
            return ConnectAsker(
                try SocketAddress.resolve(host, port: port), path: nil, host: host, acceptsRefusal: false)
        case .http(let host, let port, let path):
            return ConnectAsker(
                try SocketAddress.resolve(host, port: port), path: path, host: host, acceptsRefusal: false)
        }
    }
}
