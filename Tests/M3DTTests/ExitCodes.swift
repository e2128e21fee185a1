@testable import M3DTCommand

// In a file of its own, since Testing has a type of the same name.

/// The code with which the program ends after an error.
func exitCode(of error: any Error) -> Int32? { ExitStatus(of: error)?.rawValue }
