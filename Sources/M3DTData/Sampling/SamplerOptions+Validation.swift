extension SamplerOptions {
    /// Checks that every option is in its range.
    ///
    /// - Throws: ``DataError`` naming the option.
    public func validate() throws {
        for (name, value, least) in [
            ("rows", rows, 1), ("contextSteps", contextSteps, 1), ("promptSteps", promptSteps, 0),
        ] where value < least {
            throw DataError(.option(name: name, value: "\(value)", allowed: "at least \(least)"))
        }
        for (name, value) in [("deviationFloor", deviationFloor), ("clip", clip ?? 1)]
        where !(value > 0 && value.isFinite) {
            throw DataError(.option(name: name, value: "\(value)", allowed: "a positive number"))
        }
    }
}
