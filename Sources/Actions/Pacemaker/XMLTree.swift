import Foundation
import FoundationXML

/// One element of an XML document as a plain value: what Pacemaker's tools print and what its CIB is.
///
/// Text between elements is dropped: Pacemaker keeps everything in attributes.
///
/// - Important: Foundation's own `XMLDocument` ends the process when a document is not well-formed, which
///   a cut-off answer of a node is. Its `XMLParser` reports the error instead, so the tree is built on that.
package struct XMLTree: Sendable, Hashable {
    package var name: String
    package var attributes: [String: String]
    package var children: [XMLTree]

    package init(_ name: String, _ attributes: [String: String] = [:], children: [XMLTree] = []) {
        self.name = name
        self.attributes = attributes
        self.children = children
    }

    /// Reads a whole document; nil where it is not well-formed.
    package init?(parsing text: String) {
        let reader = Reader()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        guard parser.parse(), parser.parserError == nil, let root = reader.root else { return nil }
        self = root
    }

    /// The value of an attribute.
    package subscript(attribute: String) -> String? { attributes[attribute] }

    /// The first child of that name.
    package func first(_ name: String) -> XMLTree? { children.first { $0.name == name } }
    /// The children of that name.
    package func all(_ name: String) -> [XMLTree] { children.filter { $0.name == name } }
    /// Every element of that name at any depth, this one included, in document order.
    package func descendants(_ name: String) -> [XMLTree] {
        (self.name == name ? [self] : []) + children.flatMap { $0.descendants(name) }
    }
}

/// Builds the tree from the parser's calls.
private final class Reader: NSObject, XMLParserDelegate {
    private(set) var root: XMLTree?
    private var open: [XMLTree] = []

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        open.append(XMLTree(elementName, attributes))
    }

    func parser(
        _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?
    ) {
        guard let element = open.popLast() else { return }
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }
}
