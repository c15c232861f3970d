import Documents
import Steps
import Testing
import Transport

@testable import Actions

/// Two nodes whose SSH, cluster link and second link have different addresses.
let twoPeers = [
    Peer(name: "nodo1", address: "10.77.0.11", links: ["10.77.1.11", "10.77.2.11"]),
    Peer(name: "nodo2", address: "10.77.0.12", links: ["10.77.1.12", "10.77.2.12"]),
]

/// The identity of the cluster that the tests speak of.
let exampleIdentity = "3f2a4c1e-0000-4000-8000-000000000000"

/// Makes an action of a `with` table; throws what was wrong with it.
func make<A: Action>(_ type: A.Type, _ with: KeyValuePairs<String, Value.Content> = [:], peers: [Peer] = twoPeers)
    throws -> A
{
    try make(type, pairs: with.map { ($0.key, $0.value) }, peers: peers)
}

/// The same of a table that was put together.
func make<A: Action>(_ type: A.Type, pairs: [(String, Value.Content)], peers: [Peer] = twoPeers) throws -> A {
    let (action, messages) = read(type, pairs: pairs, peers: peers)
    #expect(messages == [])
    return try #require(action)
}

/// Reads a `with` table as the planner does.
func read<A: Action>(_ type: A.Type, _ with: KeyValuePairs<String, Value.Content> = [:], peers: [Peer] = twoPeers)
    -> (action: A?, messages: [String])
{
    read(type, pairs: with.map { ($0.key, $0.value) }, peers: peers)
}

private func read<A: Action>(_ type: A.Type, pairs: [(String, Value.Content)], peers: [Peer])
    -> (action: A?, messages: [String])
{
    let place = SourceLocation(file: "runbook.toml", line: 1, column: 1)
    let entries = pairs.map { Table.Entry(key: $0.0, keyLocation: place, value: Value($0.1, at: place)) }
    let reader = TableReader(Table(entries, at: place), title: "`with`")
    let action = A(reading: reader, peers: peers)
    reader.finish()
    return (reader.diagnostics.isEmpty ? action : nil, reader.diagnostics.map(\.message))
}

/// What a probe found, with the verdict `satisfied` of its own.
func found(_ facts: [String: String] = [:], secrets: [String: String] = [:]) -> Observation {
    Observation(code: ScriptPrelude.satisfied, facts: facts, secrets: secrets)
}

/// The answer of `systemctl show` for these units.
func units(_ states: KeyValuePairs<String, String>) -> String {
    states.map { name, state in
        let words = state.split(separator: " ").map(String.init)
        return
            "Id=\(name)\nLoadState=loaded\nActiveState=\(words[0])\nUnitFileState=\(words.count > 1 ? words[1] : "enabled")\n"
    }.joined(separator: "\n")
}
