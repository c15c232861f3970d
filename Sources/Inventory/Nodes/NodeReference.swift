import Documents
import Settings
import Transport

/// Looks up node names that other sections mention.
enum NodeReference {
    /// The node of a name; a slip of one or two letters is answered with the nearest name.
    static func node(_ text: String, among nodes: [NodeName]) throws(InvalidValue) -> NodeName {
        let name = NodeName(text)
        if nodes.contains(name) { return name }
        throw InvalidValue("no [[node]] is named \"\(text)\"\(hint(text, among: nodes.map(\.text)))")
    }

    /// `; did you mean …?` with the nearest of some names, empty where none is near.
    static func hint(_ text: String, among names: [String]) -> String {
        let distances = names.map { (name: $0, distance: text.editDistance(to: $0)) }
        guard let nearest = distances.min(by: { $0.distance < $1.distance }), nearest.distance <= 2 else { return "" }
        return "; did you mean \"\(nearest.name)\"?"
    }
}
