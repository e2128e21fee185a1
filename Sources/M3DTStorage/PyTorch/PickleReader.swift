import Foundation

/// Reads a pickle without running any code: whatever is not plain data or one of ``PyTorchGlobal`` is refused.
///
/// Source: the opcodes as listed in Python's standard library, module `pickletools`, protocols 2 to 5.
struct PickleReader {
    private let bytes: BoundedBytes
    /// The size in bytes of the storage of a key, if the file has it.
    private let storageByteCount: (String) -> Int?
    private var position = 0
    private var arena = PickleArena()
    private var stack: [Int] = []
    private var marks: [Int] = []
    private var memo: [Int: Int] = [:]
    private var copiedCount = 0

    private init(_ bytes: UnsafeRawBufferPointer, storageByteCount: @escaping (String) -> Int?) {
        self.bytes = BoundedBytes(bytes: bytes)
        self.storageByteCount = storageByteCount
    }

    /// The value of a pickle.
    ///
    /// - Throws: ``ArchiveProblem``.
    static func value(
        of bytes: UnsafeRawBufferPointer, storageByteCount: @escaping (String) -> Int?
    ) throws -> PickleValue {
        var reader = PickleReader(bytes, storageByteCount: storageByteCount)
        while let opcode = PickleOpcode(rawValue: try reader.nextByte()) {
            if opcode == .stop {
                let result = try reader.pop()
                return try reader.arena.value(of: result)
            }
            try reader.execute(opcode)
        }
        throw ArchiveProblem.unsupportedOpcode(bytes[reader.position - 1], offset: reader.position - 1)
    }

    // MARK: Opcodes

    private mutating func execute(_ opcode: PickleOpcode) throws {
        switch opcode {
        case .protocolVersion: _ = try nextByte()
        case .frame: _ = try next(UInt64.self)
        case .stop: break
        case .none: push(.none)
        case .true: push(.bool(true))
        case .false: push(.bool(false))
        case .int32: push(.int(Int(try next(Int32.self))))
        case .uint8: push(.int(Int(try nextByte())))
        case .uint16: push(.int(Int(try next(UInt16.self))))
        case .shortInteger: try pushInteger(count: Int(try nextByte()))
        case .float: push(.float(Double(bitPattern: try next(UInt64.self).byteSwapped)))
        case .shortText: push(.string(try text(count: Int(try nextByte()))))
        case .text: push(.string(try text(count: Int(try next(UInt32.self)))))
        case .longText: push(.string(try text(count: try length())))
        case .shortBytes: push(.bytes(Array(try part(count: Int(try nextByte())))))
        case .bytes: push(.bytes(Array(try part(count: Int(try next(UInt32.self))))))
        case .longBytes, .byteArray: push(.bytes(Array(try part(count: try length()))))
        case .emptyList: push(node: .list([]))
        case .emptyTuple: push(node: .tuple([]))
        case .emptyDictionary: push(node: .dictionary([]))
        case .tuple1: try pushTuple(count: 1)
        case .tuple2: try pushTuple(count: 2)
        case .tuple3: try pushTuple(count: 3)
        case .tuple: push(node: .tuple(Array(try popToMark())))
        case .append: try append(try popLast(1))
        case .appendAll: try append(try popToMark())
        case .insert: try insert(try popLast(2))
        case .insertAll: try insert(try popToMark())
        case .mark: marks.append(stack.count)
        case .pop: _ = try pop()
        case .popToMark: _ = try popToMark()
        case .duplicate: stack.append(try top())
        case .shortPut: memo[Int(try nextByte())] = try top()
        case .put: memo[Int(try next(UInt32.self))] = try top()
        case .memoize: memo[memo.count] = try top()
        case .shortGet: try pushMemo(Int(try nextByte()))
        case .get: try pushMemo(Int(try next(UInt32.self)))
        case .global: try pushGlobal(module: try line(), name: try line())
        case .stackGlobal:
            let name = try popText()
            try pushGlobal(module: try popText(), name: name)
        case .persistent: try pushStorage()
        case .call, .make: try call()
        case .setState: try setState()
        }
    }

    private mutating func append(_ elements: ArraySlice<Int>) throws {
        guard arena.append(elements, to: try top()) else { throw unexpected("a list") }
    }

    private mutating func insert(_ elements: ArraySlice<Int>) throws {
        guard arena.insert(elements, into: try top()) else { throw unexpected("a dictionary") }
    }

    private mutating func pushInteger(count: Int) throws {
        let digits = try part(count: count)
        guard count <= 8 else { throw ArchiveProblem.integerOutOfRange(offset: position) }
        var value = digits.last.map { $0 >= 0x80 ? -1 : 0 } ?? 0
        for digit in digits.reversed() { value = value << 8 | Int(digit) }
        push(.int(value))
    }

    private mutating func pushTuple(count: Int) throws {
        push(node: .tuple(Array(try popLast(count))))
    }

    private mutating func pushMemo(_ number: Int) throws {
        guard let id = memo[number] else { throw unexpected("a value numbered \(number)") }
        stack.append(id)
    }

    private mutating func pushGlobal(module: String, name: String) throws {
        guard let global = PyTorchGlobal(module: module, name: name) else {
            throw ArchiveProblem.forbiddenGlobal("\(module).\(name)")
        }
        push(node: .global(global))
    }

    /// An attribute set on a dictionary, as PyTorch keeps the versions of modules, is left out.
    private mutating func setState() throws {
        _ = try pop()
        guard case .dictionary = arena[try top()] else { throw unexpected("a dictionary") }
    }

    // MARK: What PyTorch builds

    private mutating func pushStorage() throws {
        guard case .tuple(let parts) = arena[try pop()], parts.count == 5,
            case .leaf(.string("storage")) = arena[parts[0]],
            case .global(.storage(let type)) = arena[parts[1]], case .leaf(.string(let key)) = arena[parts[2]],
            case .leaf(.int(let count)) = arena[parts[4]]
        else { throw unexpected("a storage") }
        guard let given = storageByteCount(key) else { throw ArchiveProblem.missingEntry("data/\(key)") }
        guard let needed = type.byteCount(shape: [count]) else { throw unexpected("the size of a storage") }
        guard given == needed else { throw ArchiveProblem.storageMismatch(key: key, needed: needed, given: given) }
        push(node: .storage(type: type, key: key, count: count))
    }

    private mutating func call() throws {
        guard case .tuple(let arguments) = arena[try pop()] else { throw unexpected("arguments") }
        guard case .global(let global) = arena[try pop()] else { throw unexpected("something to call") }
        switch global {
        case .orderedDictionary: try pushOrderedDictionary(arguments)
        case .tensor: try pushTensor(arguments)
        case .parameter:
            guard let data = arguments.first, case .leaf(.tensor) = arena[data] else { throw unexpected("a tensor") }
            stack.append(data)
        case .size:
            guard arguments.count == 1 else { throw unexpected("a shape") }
            push(.tuple(try integers(arguments[0]).map { .int($0) }))
        case .device:
            guard let name = arguments.first, case .leaf(.string) = arena[name] else { throw unexpected("a device") }
            stack.append(name)
        case .storage: throw unexpected("something to call")
        }
    }

    private mutating func pushOrderedDictionary(_ arguments: [Int]) throws {
        var items: [(key: Int, value: Int)] = []
        if let list = arguments.first {
            for pair in try elements(of: list) {
                let parts = try elements(of: pair)
                guard parts.count == 2 else { throw unexpected("a key and its value") }
                items.append((parts[0], parts[1]))
            }
        }
        push(node: .dictionary(items))
    }

    private mutating func pushTensor(_ arguments: [Int]) throws {
        guard arguments.count >= 4, case .storage(let type, let key, let count) = arena[arguments[0]],
            case .leaf(.int(let offset)) = arena[arguments[1]]
        else { throw unexpected("a tensor") }
        let tensor = try PyTorchTensor(
            type: type, shape: try integers(arguments[2]), strides: try integers(arguments[3]), storage: key,
            offset: offset, storageCount: count)
        push(.tensor(tensor))
    }

    private mutating func elements(of id: Int) throws -> [Int] {
        switch arena[id] {
        case .list(let ids), .tuple(let ids):
            // A short pickle could ask again and again for copies of one long list.
            copiedCount += ids.count
            if copiedCount > PickleArena.valueLimit { throw ArchiveProblem.tooLarge(limit: PickleArena.valueLimit) }
            return ids
        default: throw unexpected("a list")
        }
    }

    /// The integers of a tuple, a list or a `torch.Size`.
    private mutating func integers(_ id: Int) throws -> [Int] {
        let values: [PickleValue]
        if case .leaf(.tuple(let finished)) = arena[id] {
            values = finished
        } else {
            values = try elements(of: id).map {
                guard case .leaf(let value) = arena[$0] else { throw unexpected("an integer") }
                return value
            }
        }
        return try values.map {
            guard case .int(let number) = $0 else { throw unexpected("an integer") }
            return number
        }
    }

    // MARK: The stack

    private mutating func push(_ value: PickleValue) { push(node: .leaf(value)) }

    private mutating func push(node: PickleArena.Node) { stack.append(arena.add(node)) }

    private func top() throws -> Int {
        guard stack.count > marks.last ?? 0, let id = stack.last else { throw unexpected("a value") }
        return id
    }

    private mutating func pop() throws -> Int {
        let id = try top()
        stack.removeLast()
        return id
    }

    private mutating func popText() throws -> String {
        guard case .leaf(.string(let text)) = arena[try pop()] else { throw unexpected("a name") }
        return text
    }

    private mutating func popLast(_ count: Int) throws -> ArraySlice<Int> {
        guard stack.count - count >= marks.last ?? 0 else { throw unexpected("\(count) values") }
        defer { stack.removeLast(count) }
        return stack.suffix(count)
    }

    private mutating func popToMark() throws -> ArraySlice<Int> {
        guard let mark = marks.popLast() else { throw unexpected("a mark") }
        defer { stack.removeSubrange(mark...) }
        return stack[mark...]
    }

    // MARK: The bytes

    private mutating func nextByte() throws -> UInt8 { try next(UInt8.self) }

    private mutating func next<Integer: FixedWidthInteger & BitwiseCopyable>(_ type: Integer.Type) throws -> Integer {
        guard let value = bytes.integer(at: position, as: type) else { throw truncated }
        position += MemoryLayout<Integer>.size
        return value
    }

    private mutating func length() throws -> Int {
        guard let length = Int(exactly: try next(UInt64.self)) else { throw truncated }
        return length
    }

    private mutating func part(count: Int) throws -> UnsafeRawBufferPointer {
        guard let part = bytes.part(at: position, count: count) else { throw truncated }
        position += count
        return part
    }

    private mutating func text(count: Int) throws -> String {
        guard let text = String(bytes: try part(count: count), encoding: .utf8) else { throw unexpected("UTF-8 text") }
        return text
    }

    /// The text up to the end of the line.
    private mutating func line() throws -> String {
        guard let end = bytes.bytes[position...].firstIndex(of: 0x0A) else { throw truncated }
        defer { position += 1 }
        return try text(count: end - position)
    }

    private var truncated: ArchiveProblem { .truncatedPickle(offset: position) }

    private func unexpected(_ expected: String) -> ArchiveProblem {
        .unexpectedValue(expected: expected, offset: position)
    }
}
