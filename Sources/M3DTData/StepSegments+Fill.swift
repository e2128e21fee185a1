// Shapes: L slots for steps, S padded state width, A padded action width.

import M3DTTasks

/// A run of steps of one episode.
struct EpisodePiece: Hashable {
    /// The first step's index among all steps of the task.
    let start: Int
    let count: Int
    /// The first step's number in its episode.
    let timestep: Int
}

extension StepSegments {
    /// Puts a piece of an episode at the right end of a row.
    ///
    /// - Precondition: The row holds padding only, and the piece is at most L steps.
    mutating func fill(
        row: Int, with piece: EpisodePiece, of trajectories: TaskTrajectories, scaling: ObservationScaling
    ) {
        let returnScale = Float(trajectories.task.returnScale)
        let firstSlot = (row + 1) * length - piece.count
        for index in 0..<piece.count {
            let (slot, step) = (firstSlot + index, piece.start + index)
            fillState(slot: slot, step: step, of: trajectories, scaling: scaling)
            fillAction(slot: slot, step: step, of: trajectories)
            returnsToGo[slot] = trajectories.returnsToGo[step] / returnScale
            timesteps[slot] = Int64(piece.timestep + index)
            mask[slot] = 1
        }
    }

    private mutating func fillState(
        slot: Int, step: Int, of trajectories: TaskTrajectories, scaling: ObservationScaling
    ) {
        let width = trajectories.task.observationWidth
        trajectories.observations.withElements { values in
            for column in 0..<width {
                states[slot * stateWidth + column] = scaling.scaled(values[step * width + column], column: column)
            }
        }
    }

    private mutating func fillAction(slot: Int, step: Int, of trajectories: TaskTrajectories) {
        let width = trajectories.task.actionWidth
        trajectories.actions.withElements { values in
            for column in 0..<actionWidth {
                actions[slot * actionWidth + column] = column < width ? values[step * width + column] : 0
            }
        }
    }
}
