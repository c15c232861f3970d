import Actions
import Transport

/// Finds the node that runs resources in `crm_mon`'s XML.
enum ActiveNode {
    /// Nil where no resource is started.
    static func find(in xml: String) -> NodeName? {
        PacemakerStatus(xml: xml)?.activeResources.first?.nodes.first
    }
}
