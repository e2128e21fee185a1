import M3DT
import M3DTData
import M3DTEvaluation
import M3DTModel
import M3DTRanks
import M3DTSimulation
import M3DTStorage
import M3DTTensor
import M3DTWorker

extension ExitStatus {
    init(of error: StorageError) {
        switch error {
        case .missingFile, .missingFolder: self = .missing
        case .notPermitted, .readOnly, .notAFolder: self = .cannotWrite
        case .diskFull: self = .diskFull
        case .system: self = .cannotWrite
        case .notAFile, .emptyFile, .malformedSafetensors, .unknownTensor, .otherElementType, .malformedArchive:
            self = .badData
        case .unwritableSafetensors, .impossiblePicture: self = .failed
        }
    }

    init(of error: DataError) {
        switch error.problem {
        case .storage(let cause): self.init(of: cause)
        case .notAStore, .fileMissing: self = .missing
        case .option: self = .badRecipe
        case .unknownTask, .unknownForeignTask, .malformedRename, .notInSource: self = .usage
        default: self = .badData
        }
    }

    init(of error: PolicyError) {
        switch error {
        case .unknownTask, .otherTask, .acting: self = .usage
        case .malformed, .otherFormat, .unsound, .otherModel, .weightNotFinite: self = .badData
        default: self = .failed
        }
    }

    init(of problem: CheckpointProblem) {
        switch problem {
        case .backbones, .mixtures, .expertsTwice, .expertsWithoutRouters, .expertNumbers, .heads, .looseHuggingFace:
            self = .usage
        case .noWeights: self = .missing
        default: self = .badData
        }
    }

    init(of error: TensorError) {
        switch error {
        case .unknownDevice: self = .usage
        case .deviceUnavailable: self = .unavailable
        case .missingWeight, .unexpectedWeight, .weightShape: self = .badData
        case .operation, .elementCount, .elementType, .notFinite: self = .failed
        }
    }

    init(of error: RunError) {
        switch error {
        case .noRun, .stageMissing, .noBase: self = .missing
        case .otherRecipe, .otherData, .dataDiffers, .otherBase: self = .badData
        case .noSuchStage, .baseUnfit, .taskKnown, .noNewTasks: self = .usage
        }
    }

    init(of error: RankError) {
        switch error {
        case .builtWithoutMPI, .otherLauncher: self = .unavailable
        case .oneProcessOnly: self = .usage
        case .lost, .apart: self = .rankLost
        }
    }

    init(of error: StudyError) {
        switch error {
        case .tasksNotInData, .noStudy: self = .missing
        case .busy: self = .cannotWrite
        case .cellsFailed: self = .failed
        case .malformed, .unknownKey, .missingKey, .value, .unknownName, .twice, .tooManyExperts, .tooFewSteps:
            self = .badRecipe
        }
    }

    init(of error: SimulationError) {
        switch error {
        case .modelMissing: self = .unavailable
        case .notNative, .noDemonstrator: self = .usage
        default: self = .failed
        }
    }

    init(of error: WorkerError) {
        switch error {
        case .notInstalled, .noProgram, .notStarted: self = .unavailable
        case .refused(let problem):
            self = ["group-missing", "wrong-pin", "wrong-protocol"].contains(problem.code) ? .unavailable : .failed
        case .ended, .silent, .malformed: self = .failed
        }
    }
}
