import Foundation

/// Writes numbers for people, the same in every locale.
public enum NumberText {
    /// What stands for a number that is missing.
    public static let missing = "–"

    /// A number with a fixed count of decimals; a value that rounds to zero has no sign.
    public static func fixed(_ value: Double, decimals: Int = 1) -> String {
        guard value.isFinite else { return missing }
        let text = String(format: "%.\(decimals)f", value)
        return text.hasPrefix("-") && text.allSatisfy({ "-0.".contains($0) }) ? String(text.dropFirst()) : text
    }

    /// A number with the given count of significant digits, without needless zeros.
    ///
    /// Very large and very small numbers are written as powers of ten.
    public static func significant(_ value: Double, digits: Int = 4) -> String {
        guard value.isFinite else { return missing }
        guard value != 0 else { return "0" }
        let exponent = Int(String(format: "%.\(digits - 1)e", abs(value)).split(separator: "e")[1]) ?? 0
        guard (-4..<7).contains(exponent) else { return scientific(value, digits: digits) }
        return trimmed(String(format: "%.\(max(digits - 1 - exponent, 0))f", value))
    }

    /// A whole number with its thousands apart by a thin comma: 1,234,567.
    public static func grouped(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + text
    }

    /// A span of time: `0:42`, `12:05`, `3:12:05`, `2 d 03:12`.
    public static func duration(seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e10 else { return missing }
        let whole = Int(seconds.rounded())
        let (days, hours, minutes) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60)
        if days > 0 { return String(format: "%d d %02d:%02d", days, hours, minutes) }
        if hours > 0 { return String(format: "%d:%02d:%02d", hours, minutes, whole % 60) }
        return String(format: "%d:%02d", minutes, whole % 60)
    }

    /// A statistic with its interval: `61.2 [58.9, 63.4]`.
    public static func estimate(_ estimate: IntervalEstimate, decimals: Int = 1) -> String {
        fixed(estimate.value, decimals: decimals) + " ["
            + fixed(estimate.lower, decimals: decimals) + ", " + fixed(estimate.upper, decimals: decimals) + "]"
    }

    /// A number as a multiple of a power of ten: `2.5×10⁻⁵`.
    static func scientific(_ value: Double, digits: Int) -> String {
        let parts = String(format: "%.\(digits - 1)e", value).split(separator: "e")
        let exponent = Int(parts[1]) ?? 0
        let superscripts = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        let raised = String(String(abs(exponent)).compactMap { $0.wholeNumberValue }.map { superscripts[$0] })
        return trimmed(String(parts[0])) + "×10" + (exponent < 0 ? "⁻" : "") + raised
    }

    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        let kept = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
        return String(kept.reversed())
    }
}
