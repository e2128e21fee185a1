import ArgumentParser
import M3DT
import M3DTData
import M3DTEvaluation
import M3DTModel
import M3DTRanks
import M3DTReports
import M3DTSimulation
import M3DTStorage
import M3DTTasks
import M3DTTensor
import M3DTTraining
import M3DTWorker

/// What the program's exit code says, after the BSD convention where it has a word for it.
enum ExitStatus: Int32, CaseIterable {
    case failedCheck = 1
    case usage = 64
    case badData = 65
    case missing = 66
    case unavailable = 69
    case failed = 70
    case cannotWrite = 73
    case diskFull = 74
    case interrupted = 75
    case rankLost = 76
    case badRecipe = 78

    /// The code of an error of ours; nothing for errors of the argument parser, which have their own.
    init?(of error: any Error) {
        switch error {
        case is Interrupted: self = .interrupted
        case let error as StorageError: self.init(of: error)
        case let error as DataError: self.init(of: error)
        case let error as PolicyError: self.init(of: error)
        case let error as TensorError: self.init(of: error)
        case let error as RunError: self.init(of: error)
        case let error as StudyError: self.init(of: error)
        case TaskFileError.dataOnly: self = .usage
        case is RecipeError, is TaskFileError: self = .badRecipe
        case ModelError.configuration: self = .badRecipe
        case ModelError.checkpoint(_, let problem): self.init(of: problem)
        case is ModelError: self = .badData
        case CheckpointError.mixedSources: self = .usage
        case is CheckpointError: self = .badData
        case is TaskError: self = .usage
        case TrainingError.option, TrainingError.unknownStage, TrainingError.tooManyExperts: self = .badRecipe
        case TrainingError.unevenRows, TrainingError.boundRows: self = .badRecipe
        case TrainingError.damagedFile, TrainingError.sizeMismatch: self = .badData
        case is TrainingError, is EnvironmentError: self = .failed
        case let error as SimulationError: self.init(of: error)
        case let error as WorkerError: self.init(of: error)
        case let error as RankError: self.init(of: error)
        case is ReportError: self = .badData
        case BenchmarkError.unknownCase: self = .usage
        case is BenchmarkError: self = .unavailable
        case is GoldensDoNotHold: self = .failedCheck
        case is CleanExit, is ExitCode, is ValidationError: return nil
        default: return nil
        }
    }
}
