// In all files of this target.
@_exported import M3DTTestSupport

@testable import M3DTTraining

/// The field of the configuration that a training is refused for; another error's text; nothing where it is not refused.
func refusedField(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch TrainingError.otherConfiguration(_, let field, _, _) {
        return field
    } catch {
        return "\(error)"
    }
}
