package import Steps

/// An action that gives the cluster resources, so that `harun status` knows which must be there.
package protocol ResourceBringing: Action {
    /// The ids of its resources.
    var resourceIDs: [String] { get }
}
