/// A family of tasks that share physics, widths and an evaluation protocol.
public enum Domain: String, Codable, Sendable, CaseIterable {
    case cheetahVel = "cheetah-vel"
    case antDir = "ant-dir"
    case dmControl = "dmcontrol"
    case metaWorld = "metaworld"
    /// Tasks that a user has registered.
    case custom
}
