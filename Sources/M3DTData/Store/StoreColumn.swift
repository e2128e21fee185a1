// Shapes: N steps of all episodes, E episodes, S observation width, A action width.

import M3DTStorage
import M3DTTasks

/// The columns of a task's file, in the order in which they are written: wide elements first, so that all are aligned.
enum StoreColumn: String, CaseIterable {
    case episodeOffsets = "episode_offsets"
    case seeds
    case observations
    case actions
    case rewards
    case returnsToGo = "returns_to_go"
    case source
    case success
    case terminated
    case role

    var type: ElementType {
        switch self {
        case .episodeOffsets, .seeds: .int64
        case .observations, .actions, .rewards, .returnsToGo: .float32
        case .source: .int32
        case .success, .terminated, .role: .uint8
        }
    }

    func shape(task: TaskSpecification, steps: Int, episodes: Int) -> [Int] {
        switch self {
        case .observations: [steps, task.observationWidth]
        case .actions: [steps, task.actionWidth]
        case .rewards, .returnsToGo, .success: [steps]
        case .episodeOffsets: [episodes + 1]
        case .seeds, .source, .terminated, .role: [episodes]
        }
    }
}
