import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// What a strict XML parser finds in a page or a figure: the reports write HTML that is also well-formed XML.
final class StrictMarkup: NSObject, XMLParserDelegate {
    private(set) var elements: [(name: String, attributes: [String: String])] = []
    private(set) var text = ""
    private(set) var failure: String?

    init(_ markup: String) {
        super.init()
        let body = markup.replacing("<!DOCTYPE html>\n", with: "")
        let parser = XMLParser(data: Data(body.utf8))
        parser.delegate = self
        if !parser.parse() {
            failure = "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "unknown")"
        }
    }

    func count(_ name: String) -> Int { elements.count { $0.name == name } }

    /// The identifiers of elements, for links inside the page.
    var identifiers: [String] { elements.compactMap { $0.attributes["id"] } }

    /// The numbers that an attribute has over all elements of a name.
    func numbers(_ attribute: String, of name: String) -> [Double] {
        elements.filter { $0.name == name }.compactMap { $0.attributes[attribute].flatMap { Double($0) } }
    }

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName qName: String?,
        attributes attributeDict: [String: String] = [:]
    ) {
        elements.append((elementName, attributeDict))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
