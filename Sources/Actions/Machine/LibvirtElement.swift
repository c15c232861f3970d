import Foundation
import FoundationXML

/// An element of libvirt's XML with its text, which ``XMLTree`` drops and libvirt needs.
struct LibvirtElement: Sendable, Hashable {
    var name: String
    var attributes: [String: String]
    var text = ""
    var children: [LibvirtElement] = []

    /// Reads a whole document; nil where it is not well-formed.
    init?(parsing xml: String) {
        let reader = Reader()
        let parser = XMLParser(data: Data(xml.utf8))
        parser.delegate = reader
        guard parser.parse(), let root = reader.root else { return nil }
        self = root
    }

    fileprivate init(name: String, attributes: [String: String]) {
        self.name = name
        self.attributes = attributes
    }

    /// The value of an attribute.
    subscript(attribute: String) -> String? { attributes[attribute] }

    /// The first child of that name.
    func child(_ name: String) -> LibvirtElement? { children.first { $0.name == name } }

    /// The children of that name.
    func all(_ name: String) -> [LibvirtElement] { children.filter { $0.name == name } }
}

/// Builds the elements from the parser's calls.
private final class Reader: NSObject, XMLParserDelegate {
    private(set) var root: LibvirtElement?
    private var open: [LibvirtElement] = []

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        open.append(LibvirtElement(name: elementName, attributes: attributes))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if !open.isEmpty { open[open.count - 1].text += string }
    }

    func parser(
        _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?
    ) {
        guard var element = open.popLast() else { return }
        element.text = element.text.trimmingCharacters(in: .whitespacesAndNewlines)
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }
}
