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
        for (name, host) in file.entries {
            hosts[NodeName(name)] = Host(token: host.token, addresses: host.destinations.map(\.addr))
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

            enum CodingKeys: String, CodingKey {
                case token
                case destinations = "dest_list"
            }

            var token: String
            var destinations: [Destination]
        }

        enum CodingKeys: String, CodingKey {
            case entries = "known_hosts"
        }

        var entries: [String: Entry]
    }

    private struct User: Decodable { var token: String }
}
