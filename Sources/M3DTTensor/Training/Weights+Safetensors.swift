import Foundation
import M3DTStorage

extension Tensor {
    /// A tensor copied from a safetensors file.
    ///
    /// - Throws: ``StorageError`` where the file does not have the name.
    public static func read(_ name: String, from file: SafetensorsFile, device: Device = .cpu) throws -> Tensor {
        let entry = try file.entry(name)
        return try file.withUnsafeBytes(of: name) {
            try from(bytes: $0, type: entry.type, shape: entry.shape, device: device)
        }
    }

    /// A tensor copied from a file of weights.
    ///
    /// - Throws: ``StorageError`` where the file does not have the name or is damaged.
    public static func read(_ name: String, from file: WeightsFile) throws -> Tensor {
        try file.withUnsafeBytes(of: name) { bytes in
            let entry = file.entries[name]!
            return try from(bytes: bytes, type: entry.type, shape: entry.shape)
        }
    }

    /// The tensor as an entry of a safetensors file; it is read when the file is written.
    public func stored(as name: String) -> SafetensorsTensor {
        SafetensorsTensor(name: name, type: type, shape: shape) { sink in
            let byteCount = self.count * self.type.byteCount
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
            defer { buffer.deallocate() }
            try self.copyBytes(to: buffer)
            try sink.write(Data(bytesNoCopy: buffer.baseAddress!, count: byteCount, deallocator: .none))
        }
    }
}

extension Module {
    /// All weights as entries of a safetensors file.
    public func storedWeights() -> [SafetensorsTensor] {
        namedParameters.map { $0.parameter.value.stored(as: $0.name) }
    }

    /// Takes all weights from tensors of exactly the same names and shapes.
    ///
    /// Nothing is changed unless all fit.
    /// - Parameter source: Where the tensors come from, for messages.
    /// - Throws: ``TensorError`` that names the first missing, unexpected or misshapen weight.
    public func load(_ weights: [String: Tensor], source: String) throws {
        let own = namedParameters
        for named in own {
            guard let tensor = weights[named.name] else {
                throw TensorError.missingWeight(name: named.name, file: source)
            }
            let expected = named.parameter.value.shape
            guard tensor.shape == expected else {
                throw TensorError.weightShape(
                    name: named.name, expected: expected, found: tensor.shape, file: source)
            }
        }
        if let extra = Set(weights.keys).subtracting(own.map(\.name)).min() {
            throw TensorError.unexpectedWeight(name: extra, file: source)
        }
        for named in own { try named.parameter.assign(weights[named.name]!) }
    }

    /// Takes all weights from a safetensors file of exactly the same names and shapes.
    ///
    /// - Throws: ``StorageError`` for a damaged file, ``TensorError`` for one of another model.
    public func load(from file: SafetensorsFile) throws {
        let weights = try file.names.map { ($0, try Tensor.read($0, from: file)) }
        try load(Dictionary(uniqueKeysWithValues: weights), source: file.url.lastPathComponent)
    }
}
