import Transport

/// How long each phase of a connection may take.
///
/// One value, injected where connections are made. The whole of a command has its own limit
/// (`Command.timeout`); an idle connection is given up after ``keepaliveCount`` silent ``keepalive`` intervals.
package struct Deadlines: Sendable, Hashable {
    /// Name resolution.
    package var resolve: Duration = .seconds(10)
    /// TCP connect, all addresses of the name together.
    package var connect: Duration = .seconds(10)
    /// Banner, key exchange and host key.
    package var handshake: Duration = .seconds(30)
    /// All identities together.
    package var login: Duration = .seconds(30)
    /// The server's answers to a channel's open and to the request on it.
    package var open: Duration = .seconds(30)
    /// Until a command reports that it is there: a busy node starts a shell and `sudo` only after a while.
    package var start: Duration = .seconds(45)
    /// What a command that is being killed gets between TERM and KILL.
    package var killGrace: Duration = .seconds(2)
    /// Each command that kills another one, and a channel's open whose command was given up.
    package var kill: Duration = .seconds(5)
    /// The server's confirmation of closed channels, once they are all that keeps a command waiting.
    package var close: Duration = .seconds(6)
    /// Silence after which the server is asked for a sign of life.
    package var keepalive: Duration = .seconds(15)
    /// How many such silences in a row are a lost connection.
    package var keepaliveCount = 3

    package init() {}

    /// These, with what an endpoint has of its own.
    func adjusted(for endpoint: Endpoint) -> Deadlines {
        var deadlines = self
        if let limit = endpoint.connectTimeout, limit > .zero {
            deadlines.connect = limit
            deadlines.handshake = limit
        }
        if let interval = endpoint.aliveInterval { deadlines.keepalive = interval }
        if let count = endpoint.aliveCountMax { deadlines.keepaliveCount = count }
        return deadlines
    }
}
