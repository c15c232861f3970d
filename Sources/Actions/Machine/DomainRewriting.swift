extension DomainDefinition {
    /// The text with every path replaced where libvirt writes paths: `file='…'` and `<kernel>…</kernel>`.
    ///
    /// UEFI variables that it does not name are named, since each node would make its own.
    /// A copied disk has no layers below it any more: what the definition says of them goes, since libvirt believes it
    /// before it believes the image, and the machine would read the old layers through the new disk.
    package static func rewrite(_ xml: String, _ paths: [String: String]) -> String {
        var result = ""
        var rest = xml[...]
        // Disk by disk: the layers of one that is not copied are its own still.
        while let start = rest.firstRange(of: "<disk "), let end = rest[start.upperBound...].firstRange(of: "</disk>") {
            result += rest[..<start.lowerBound]
            let disk = rest[start.lowerBound..<end.upperBound]
            result += isCopied(disk, paths) ? withoutLayers(disk) : String(disk)
            rest = rest[end.upperBound...]
        }
        result += rest
        for (old, new) in paths {
            let (old, new) = (escaped(old), escaped(new))
            result = result.replacing("file='\(old)'", with: "file='\(new)'")
            for tag in ["kernel", "initrd", "dtb"] {
                result = result.replacing("<\(tag)>\(old)</\(tag)>", with: "<\(tag)>\(new)</\(tag)>")
            }
            result = result.replacing(">\(old)</nvram>", with: ">\(new)</nvram>")
        }
        return namingVariables(result, paths)
    }

    private static func namingVariables(_ xml: String, _ paths: [String: String]) -> String {
        guard let variables = LibvirtElement(parsing: xml).flatMap({ UEFIVariables(of: $0) }), !variables.isNamed,
            let place = paths[variables.path], let end = xml.firstRange(of: "</os>")
        else { return xml }
        // One that is there without a path says of what template the file is made.
        var head = String(xml[..<end.lowerBound])
        if let empty = head.firstRange(of: "<nvram"), let close = head[empty.upperBound...].firstRange(of: "/>") {
            head.replaceSubrange(close, with: ">\(escaped(place))</nvram>")
        } else {
            head += "  <nvram>\(escaped(place))</nvram>\n  "
        }
        return head + xml[end.lowerBound...]
    }

    private static func isCopied(_ disk: Substring, _ paths: [String: String]) -> Bool {
        guard let file = LibvirtElement(parsing: String(disk))?.child("source")?["file"] else { return false }
        return paths[file] != nil
    }

    /// Cuts out the elements that name what lies below an image or beside it; they hold one another.
    private static func withoutLayers(_ disk: Substring) -> String {
        var result = String(disk)
        for tag in ["backingStore", "dataStore"] {
            while let start = result.firstRange(of: "<\(tag)"),
                let end = endOfElement(tag, in: result[start.lowerBound...])
            {
                var from = start.lowerBound
                while from > result.startIndex, result[result.index(before: from)] == " " {
                    from = result.index(before: from)
                }
                let isLine = from > result.startIndex && result[result.index(before: from)].isNewline
                let to = isLine && end < result.endIndex && result[end].isNewline ? result.index(after: end) : end
                result.removeSubrange((isLine ? from : start.lowerBound)..<to)
            }
        }
        return result
    }

    /// Where the element ends that the text begins with.
    private static func endOfElement(_ tag: String, in text: Substring) -> String.Index? {
        var depth = 0
        var rest = text
        while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
            let element = rest[start...end]
            if element.hasPrefix("</\(tag)>") { depth -= 1 }
            if element.hasPrefix("<\(tag)"), !element.hasSuffix("/>") { depth += 1 }
            rest = rest[rest.index(after: end)...]
            if depth == 0 { return rest.startIndex }
        }
        return nil
    }

    /// As libvirt escapes text and attributes.
    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("'", with: "&apos;").replacing("\"", with: "&quot;")
    }
}
