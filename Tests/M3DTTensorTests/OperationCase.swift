import Foundation
import M3DTTensor
import Testing

/// A differentiable operation, and the same written out in plain Swift.
struct OperationCase: Sendable, CustomTestStringConvertible {
    let name: String
    let shapes: [[Int]]
    let run: @Sendable ([Tensor]) throws -> Tensor
    let reference: @Sendable ([Grid]) -> Grid

    init(
        _ name: String, _ shapes: [Int]..., run: @escaping @Sendable ([Tensor]) throws -> Tensor,
        reference: @escaping @Sendable ([Grid]) -> Grid
    ) {
        self.name = name
        self.shapes = shapes
        self.run = run
        self.reference = reference
    }

    var testDescription: String { name }

    static let all = elementwise + broadcasting + arrangements + reductions + layers
}

// Inputs are positive, away from 0, so that log and square root are smooth; the shift makes the others see both signs.
private let shift = 0.8

extension OperationCase {
    private static func unary(
        _ name: String, shifted: Bool = true, _ run: @escaping @Sendable (Tensor) throws -> Tensor,
        _ reference: @escaping @Sendable (Double) -> Double
    ) -> OperationCase {
        let offset = shifted ? shift : 0
        return OperationCase(
            name, [3, 4], run: { try run($0[0] - offset) }, reference: { $0[0].map { reference($0 - offset) } })
    }

    static let elementwise: [OperationCase] = [
        unary("negative", { try -$0 }, { -$0 }),
        unary("exp", { try $0.exp() }, { exp($0) }),
        unary("log", shifted: false, { try $0.log() }, { log($0) }),
        unary("squareRoot", shifted: false, { try $0.squareRoot() }, { $0.squareRoot() }),
        unary("tanh", { try $0.tanh() }, { tanh($0) }),
        unary("relu", { try $0.relu() }, { max($0, 0) }),
        unary("sigmoid", { try $0.sigmoid() }, { 1 / (1 + exp(-$0)) }),
        unary("softplus", { try $0.softplus() }, { log(1 + exp($0)) }),
        unary("square", { try $0.square() }, { $0 * $0 }),
        unary("absolute", { try $0.absolute() }, { abs($0) }),
        unary("plus a number", { try $0 + 1.5 }, { $0 + 1.5 }),
        unary("minus a number", { try $0 - 1.5 }, { $0 - 1.5 }),
        unary("times a number", { try $0 * 1.5 }, { $0 * 1.5 }),
        unary("by a number", { try $0 / 1.5 }, { $0 / 1.5 }),
        unary("maximum with a number", { try $0.maximum(0.1) }, { max($0, 0.1) }),
        unary("minimum with a number", { try $0.minimum(0.1) }, { min($0, 0.1) }),
        unary(
            "choosing", { try $0.whereTrue($0.greater(than: 0.1), otherwise: -3) }, { $0 > 0.1 ? $0 : -3 }),
    ]

    private static func binary(
        _ name: String, _ left: [Int], _ right: [Int], _ run: @escaping @Sendable (Tensor, Tensor) throws -> Tensor,
        _ reference: @escaping @Sendable (Double, Double) -> Double
    ) -> OperationCase {
        OperationCase(
            "\(name) of \(left) and \(right)", left, right, run: { try run($0[0], $0[1]) },
            reference: { .broadcast($0[0], $0[1], reference) })
    }

    static let broadcasting: [OperationCase] = [
        binary("+", [3, 4], [3, 4], { try $0 + $1 }, { $0 + $1 }),
        binary("+", [2, 3, 4], [4], { try $0 + $1 }, { $0 + $1 }),
        binary("-", [3, 1], [1, 4], { try $0 - $1 }, { $0 - $1 }),
        binary("*", [2, 3, 4], [3, 1], { try $0 * $1 }, { $0 * $1 }),
        binary("*", [], [2, 2], { try $0 * $1 }, { $0 * $1 }),
        binary("/", [4], [3, 4], { try $0 / $1 }, { $0 / $1 }),
        binary("maximum", [3, 4], [4], { try $0.maximum($1) }, { max($0, $1) }),
        binary("minimum", [3, 4], [3, 1], { try $0.minimum($1) }, { min($0, $1) }),
    ]

    static let arrangements: [OperationCase] = [
        OperationCase(
            "reshaped", [2, 6], run: { try $0[0].reshaped([3, -1]) }, reference: { Grid([3, 4], $0[0].numbers) }),
        OperationCase(
            "reshaped after permuted", [2, 6], run: { try $0[0].permuted([1, 0]).reshaped([12]) },
            reference: { x in Grid([12]) { x[0][$0[0] % 2, $0[0] / 2] } }),
        OperationCase(
            "permuted", [2, 3, 4], run: { try $0[0].permuted([2, 0, 1]) },
            reference: { x in Grid([4, 2, 3]) { x[0][$0[1], $0[2], $0[0]] } }),
        OperationCase(
            "contiguous", [2, 3], run: { try $0[0].permuted([1, 0]).contiguous() },
            reference: { x in Grid([3, 2]) { x[0][$0[1], $0[0]] } }),
        OperationCase(
            "clone", [2, 3], run: { try $0[0].clone() }, reference: { $0[0] }),
        OperationCase(
            "expanded", [2, 1], run: { try $0[0].expanded([3, 2, 4]) },
            reference: { x in Grid([3, 2, 4]) { x[0][$0[1], 0] } }),
        OperationCase(
            "narrowed", [3, 5], run: { try $0[0].narrowed(1, 1..<4) },
            reference: { x in Grid([3, 3]) { x[0][$0[0], $0[1] + 1] } }),
        OperationCase(
            "selected, one index twice", [3, 4], run: { try $0[0].selected(0, .i64([2, 0, 2])) },
            reference: { x in Grid([3, 4]) { x[0][[2, 0, 2][$0[0]], $0[1]] } }),
        OperationCase(
            "concatenated", [2, 3], [2, 1], run: { try .concatenated($0, dimension: 1) },
            reference: { x in Grid([2, 4]) { $0[1] < 3 ? x[0][$0] : x[1][$0[0], 0] } }),
        OperationCase(
            "stacked", [2, 3], [2, 3], run: { try .stacked($0, dimension: 1) },
            reference: { x in Grid([2, 2, 3]) { x[$0[1]][$0[0], $0[2]] } }),
    ]

    static let reductions: [OperationCase] = [
        OperationCase(
            "sum of all", [2, 3], run: { try $0[0].sum() }, reference: { Grid([], [$0[0].numbers.reduce(0, +)]) }),
        OperationCase(
            "sum over two dimensions", [2, 3, 4], run: { try $0[0].sum([0, 2]) },
            reference: { x in
                Grid([3]) { i in sum(0..<2) { a in sum(0..<4) { b in x[0][a, i[0], b] } } }
            }),
        OperationCase(
            "mean, kept", [2, 3], run: { try $0[0].mean([-1], keep: true) },
            reference: { x in Grid([2, 1]) { i in sum(0..<3) { x[0][i[0], $0] } / 3 } }),
        OperationCase(
            "max", [2, 3], run: { try $0[0].max([1]) },
            reference: { x in Grid([2]) { i in (0..<3).map { x[0][i[0], $0] }.max()! } }),
        OperationCase(
            "min of all", [2, 3], run: { try $0[0].min() }, reference: { Grid([], [$0[0].numbers.min()!]) }),
        OperationCase(
            "top 2", [3, 4], run: { try $0[0].topK(2).values },
            reference: { $0[0].rows { Array($0.sorted(by: >).prefix(2)) } }),
    ]

    static let layers: [OperationCase] = [
        OperationCase(
            "softmax", [2, 5], run: { try $0[0].softmax() },
            reference: { $0[0].rows { row in row.map { exp($0) / row.reduce(0) { $0 + exp($1) } } } }),
        OperationCase(
            "logSoftmax", [2, 5], run: { try $0[0].logSoftmax() },
            reference: { $0[0].rows { row in row.map { $0 - log(row.reduce(0) { $0 + exp($1) }) } } }),
        OperationCase(
            "matmul", [2, 3], [3, 4], run: { try $0[0].matmul($0[1]) },
            reference: { x in Grid([2, 4]) { i in sum(0..<3) { x[0][i[0], $0] * x[1][$0, i[1]] } } }),
        OperationCase(
            "matmul, broadcast", [2, 2, 3], [3, 4], run: { try $0[0].matmul($0[1]) },
            reference: { x in Grid([2, 2, 4]) { i in sum(0..<3) { x[0][i[0], i[1], $0] * x[1][$0, i[2]] } } }),
        OperationCase(
            "linear [out, in]", [2, 2, 3], [4, 3], [4],
            run: { try $0[0].linear($0[1], bias: $0[2], layout: .outIn) },
            reference: { x in
                Grid([2, 2, 4]) { i in sum(0..<3) { x[0][i[0], i[1], $0] * x[1][i[2], $0] } + x[2][i[2]] }
            }),
        OperationCase(
            "linear [in, out] without bias", [2, 3], [3, 4],
            run: { try $0[0].linear($0[1], bias: nil, layout: .inOut) },
            reference: { x in Grid([2, 4]) { i in sum(0..<3) { x[0][i[0], $0] * x[1][$0, i[1]] } } }),
        OperationCase(
            "layerNorm", [3, 4], [4], [4], run: { try $0[0].layerNorm($0[1], $0[2], epsilon: 1e-3) },
            reference: { x in
                let normal = x[0].rows { row in
                    let mean = row.reduce(0, +) / 4
                    let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4
                    return row.map { ($0 - mean) / (variance + 1e-3).squareRoot() }
                }
                return .broadcast(.broadcast(normal, x[1], *), x[2], +)
            }),
        OperationCase(
            "embedding, one row twice", [4, 3], run: { try $0[0].embedding(.i64([1, 3, 1, 0], [2, 2])) },
            reference: { x in Grid([2, 2, 3]) { x[0][[[1, 3], [1, 0]][$0[0]][$0[1]], $0[2]] } }),
    ]
}
