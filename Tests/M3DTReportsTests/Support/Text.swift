import Foundation

func text(of url: URL) throws -> String {
    try String(contentsOf: url, encoding: .utf8)
}
