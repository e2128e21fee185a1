/// Why a recipe cannot be used.
public enum RecipeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No built-in recipe and no file has the name.
    case unknownRecipe(name: String, nearest: String?, builtIn: String)
    /// The text is not YAML.
    case malformed(file: String, problem: String)
    /// A key that recipes do not have.
    case unknownKey(key: String, nearest: String?, file: String)
    /// A key whose value is of another kind.
    case value(key: String, problem: String, file: String)
    /// A `--set` that is not of the form `key=value`.
    case malformedOverride(String)

    public var description: String {
        switch self {
        case .unknownRecipe(let name, let nearest, let builtIn):
            "there is no recipe '\(name)'\(suggestion(nearest)); give a file or \(builtIn)"
        case .malformed(let file, let problem): "\(file) is not a recipe: \(problem)"
        case .unknownKey(let key, let nearest, let file): "\(file): recipes have no key '\(key)'\(suggestion(nearest))"
        case .value(let key, let problem, let file): "\(file): key '\(key)': \(problem)"
        case .malformedOverride(let text): "'\(text)' is not of the form key=value, such as backbone.steps=1000"
        }
    }
}

/// The nearest name as part of a sentence; nothing where none is near.
func suggestion(_ nearest: String?) -> String {
    nearest.map { "; did you mean '\($0)'?" } ?? ""
}
