import Foundation
import Transport

/// pcsd's `known-hosts`: where each node's pcsd is and the token it takes.
///
/// - Important: holds secrets; lives for the length of one judgement and is never shown or compared in words.
struct KnownHosts {
    struct Host {
        var token: String
        var addresses: [String]
    }

    var hosts: [NodeName: Host] = [:]

    /// Reads the file's JSON; what cannot be read knows nobody.
    init(parsing text: String) {
        guard let file = try? JSONDecoder().decode(File.self, from: Data(text.utf8)) else { return }
        for (name, host) in file.known_hosts {
            hosts[NodeName(name)] = Host(token: host.token, addresses: host.dest_list.map(\.addr))
        }
    }

    /// The tokens that a node's pcsd accepts, from its `pcs_users.conf`.
    static func tokens(accepted text: String) -> Set<String> {
        let entries = (try? JSONDecoder().decode([User].self, from: Data(text.utf8))) ?? []
        return Set(entries.map(\.token))
    }

    private struct File: Decodable {
        struct Entry: Decodable {
            struct Destination: Decodable { var addr: String }

            var token: String
            var dest_list: [Destination]
        }

        var known_hosts: [String: Entry]
    }

    private struct User: Decodable { var token: String }
}
