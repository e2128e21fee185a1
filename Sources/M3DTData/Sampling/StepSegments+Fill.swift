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
        let firstSlot = (row + 1) * length - piece.count
        fillStates(from: firstSlot, with: piece, of: trajectories, scaling: scaling)
        fillActions(from: firstSlot, with: piece, of: trajectories)
        let returnScale = Float(trajectories.task.returnScale)
        for index in 0..<piece.count {
            returnsToGo[firstSlot + index] = trajectories.returnsToGo[piece.start + index] / returnScale
            timesteps[firstSlot + index] = Int64(piece.timestep + index)
            mask[firstSlot + index] = 1
        }
    }

    private mutating func fillStates(
        from firstSlot: Int, with piece: EpisodePiece, of trajectories: TaskTrajectories, scaling: ObservationScaling
    ) {
        let width = trajectories.task.observationWidth
        trajectories.observations.withElements { values in
            for index in 0..<piece.count {
                let (source, target) = ((piece.start + index) * width, (firstSlot + index) * stateWidth)
                for column in 0..<width {
                    states[target + column] = scaling.scaled(values[source + column], column: column)
                }
            }
        }
    }

    private mutating func fillActions(
        from firstSlot: Int, with piece: EpisodePiece, of trajectories: TaskTrajectories
    ) {
        let width = trajectories.task.actionWidth
        trajectories.actions.withElements { values in
            for index in 0..<piece.count {
                let (source, target) = ((piece.start + index) * width, (firstSlot + index) * actionWidth)
                for column in 0..<actionWidth {
                    actions[target + column] = column < width ? values[source + column] : 0
                }
            }
        }
    }
}
