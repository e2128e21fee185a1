import M3DTModel

/// The model that each task acts with; masked copies are kept for as many of the tasks last made as memory allows.
final class TaskModels {
    private static let bytesOfCopies = 2 << 30
    private let network: PolicyNetwork
    private var copies: [(task: Int, model: any SequenceModel)] = []

    init(_ network: PolicyNetwork) {
        self.network = network
    }

    /// Tasks of the same number share a model, and may so share a pass.
    func share(of task: Int) -> Int {
        if case .shared = network { 0 } else { task }
    }

    /// - Throws: ``TensorError`` where memory runs out.
    func model(of task: Int) throws -> any SequenceModel {
        switch network {
        case .shared(let backbone, _): return backbone
        case .separate(let agents): return agents[task]
        case .masked(let backbone, let masks):
            if let known = copies.first(where: { $0.task == task }) { return known.model }
            let copy = try masks.model(backbone, of: task)
            let room = Self.bytesOfCopies / (MemoryLayout<Float>.size * max(copy.parameterCount, 1))
            if copies.count >= max(room, 1) { copies.removeFirst() }
            copies.append((task, copy))
            return copy
        }
    }
}
