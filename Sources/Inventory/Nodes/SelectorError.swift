/// Why a selector means no nodes.
package struct SelectorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was asked for and what there is.
    package var description: String
}
