/// The values under construction while a pickle is read.
///
/// They refer to each other by number, so that lists which hold themselves or are nested without end, as only a hostile
/// file has them, can neither leak nor overflow the stack; ``value(of:)`` refuses both.
struct PickleArena {
    enum Node {
        case leaf(PickleValue)
        case list([Int])
        case tuple([Int])
        case dictionary([(key: Int, value: Int)])
        case global(PyTorchGlobal)
        case storage(type: ElementType, key: String, count: Int)
    }

    static let depthLimit = 100
    static let valueLimit = 1_000_000

    private var nodes: [Node] = []

    subscript(id: Int) -> Node { nodes[id] }

    mutating func add(_ node: Node) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }

    /// Adds elements to a list and returns whether it is one.
    mutating func append(_ elements: ArraySlice<Int>, to id: Int) -> Bool {
        guard case .list(var list) = nodes[id] else { return false }
        nodes[id] = .leaf(.none)  // gives up the second reference, so that the list grows in place
        list.append(contentsOf: elements)
        nodes[id] = .list(list)
        return true
    }

    /// Adds keys, each followed by its value, to a dictionary and returns whether it is one.
    mutating func insert(_ elements: ArraySlice<Int>, into id: Int) -> Bool {
        guard case .dictionary(var items) = nodes[id], elements.count.isMultiple(of: 2) else { return false }
        nodes[id] = .leaf(.none)
        for place in stride(from: elements.startIndex, to: elements.endIndex, by: 2) {
            items.append((elements[place], elements[place + 1]))
        }
        nodes[id] = .dictionary(items)
        return true
    }

    /// The finished value of a node and all that it holds.
    ///
    /// - Throws: ``ArchiveProblem`` if it holds itself, is nested too deep or too large.
    func value(of id: Int) throws -> PickleValue {
        var open: Set<Int> = []
        var count = 0
        return try value(of: id, open: &open, count: &count)
    }

    private func value(of id: Int, open: inout Set<Int>, count: inout Int) throws -> PickleValue {
        count += 1
        if count > Self.valueLimit { throw ArchiveProblem.tooLarge(limit: Self.valueLimit) }
        if case .leaf(let value) = nodes[id] { return value }
        guard open.insert(id).inserted else { throw ArchiveProblem.cyclicValue }
        if open.count > Self.depthLimit { throw ArchiveProblem.tooDeep(limit: Self.depthLimit) }
        defer { open.remove(id) }
        switch nodes[id] {
        case .leaf(let value): return value
        case .list(let ids): return .list(try ids.map { try value(of: $0, open: &open, count: &count) })
        case .tuple(let ids): return .tuple(try ids.map { try value(of: $0, open: &open, count: &count) })
        case .dictionary(let items): return try dictionary(items, open: &open, count: &count)
        case .global, .storage: throw ArchiveProblem.unexpectedValue(expected: "a value, not a type", offset: 0)
        }
    }

    private func dictionary(
        _ items: [(key: Int, value: Int)], open: inout Set<Int>, count: inout Int
    ) throws -> PickleValue {
        var keys: Set<PickleValue> = []
        var result: [PickleItem] = []
        for item in items {
            let key = try value(of: item.key, open: &open, count: &count)
            guard keys.insert(key).inserted else { throw ArchiveProblem.duplicateKey(key.keyText) }
            result.append(PickleItem(key: key, value: try value(of: item.value, open: &open, count: &count)))
        }
        return .dictionary(result)
    }
}
