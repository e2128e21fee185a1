import Foundation

/// This very program, to be started again.
public enum OwnProgram {
    /// Its path: what runs here, even where it has been built anew meanwhile.
    public static var path: String {
        let own = "/proc/self/exe"
        // Where there is no /proc, by the name that we were started with.
        return FileManager.default.isExecutableFile(atPath: own) ? own : CommandLine.arguments[0]
    }
}
