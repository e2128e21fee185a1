import Foundation
import M3DTTensor

/// The version of this software.
public let m3dtVersion = "0.1.0"

/// What a run was computed with; kept beside its results.
public struct Versions: Codable, Sendable, Equatable {
    public let m3dt: String
    public let libtorch: String
    public let system: String
    public let processors: Int

    /// The versions of this process.
    public static var current: Versions {
        Versions(
            m3dt: m3dtVersion, libtorch: TensorEngine.version,
            system: ProcessInfo.processInfo.operatingSystemVersionString,
            processors: ProcessInfo.processInfo.activeProcessorCount)
    }
}
