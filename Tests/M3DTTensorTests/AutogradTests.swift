import Foundation
import M3DTTensor
import Testing

extension TensorTests {
    @Suite("Autograd")
    struct Autograd {
        struct Stop: Error {}

        func trained(_ numbers: [Float]) throws -> Tensor {
            let tensor = try Tensor.f32(numbers)
            try tensor.setRequiresGradient(true)
            return tensor
        }

        @Test("Scopes nest, and restore the mode also when an error is thrown")
        func scopes() {
            #expect(Gradients.areRecorded)
            Gradients.off {
                #expect(!Gradients.areRecorded)
                Gradients.on { #expect(Gradients.areRecorded) }
                #expect(!Gradients.areRecorded)
                #expect(throws: Stop.self) { try Gradients.on { throw Stop() } }
                #expect(!Gradients.areRecorded)
            }
            #expect(throws: Stop.self) { try Gradients.off { throw Stop() } }
            #expect(Gradients.areRecorded)
        }

        @Test("Each thread has a mode of its own")
        func threads() throws {
            let other = try Gradients.off { try onThread { Gradients.areRecorded } }
            #expect(other)
        }

        @Test("Nothing is recorded in a scope that is off")
        func off() throws {
            let x = try trained([1, 2])
            let y = try Gradients.off { try x.square() }
            #expect(!y.requiresGradient)
            #expect(try x.square().requiresGradient)
        }

        @Test("Gradients add up over passes")
        func accumulation() throws {
            let x = try trained([1, 2])
            #expect(try x.gradient() == nil)
            try x.square().sum().backward()
            try (x * 3).sum().backward()
            #expect(try x.gradient()?.floats() == [5, 7])
        }

        @Test("Gradients go to the tensor that was given for them")
        func ownGradient() throws {
            let x = try trained([1, 2])
            let buffer = try Tensor.f32([10, 10, 10, 10])
            try x.setGradient(buffer.narrowed(0, 1..<3))
            try x.square().sum().backward()
            #expect(try buffer.floats() == [10, 12, 14, 10])
        }

        @Test("A detached tensor passes no gradient on")
        func detached() throws {
            let x = try trained([3])
            try (x * x.detached()).sum().backward()
            #expect(try x.gradient()?.floats() == [3])
            #expect(try !x.detached().requiresGradient)
        }

        @Test("A conversion is differentiated")
        func conversion() throws {
            let x = try trained([1, 2])
            try x.converted(to: .bfloat16).square().sum().backward()
            #expect(try x.gradient()?.type == .float32)
            #expect(try x.gradient()?.floats() == [2, 4])
        }

        @Test("What cannot be differentiated is an error")
        func refused() throws {
            let x = try trained([1, 2])
            expectError("differentiating", "[2]", "one number") { try x.square().backward() }
            expectError("differentiating") { try Tensor.f32([1]).sum().backward() }
            let loss = try x.square().sum()
            try loss.backward()
            expectError("differentiating") { try loss.backward() }
            expectError("requiring a gradient", "detach") { try x.square().setRequiresGradient(false) }
            expectError("requiring a gradient") { try Tensor.i64([1]).setRequiresGradient(true) }
            let y = try x.exp()
            let z = try y.square().sum()
            try Gradients.off { try y.fill(0) }
            expectError("differentiating", "modified") { try z.backward() }
        }
    }
}

/// Runs `body` on a new thread and waits for it.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
    let box = Box<Swift.Result<Result, any Error>>()
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
        box.value = .init { try body() }
        done.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
    done.wait()
    return try #require(box.value).get()
}

// One thread writes before the semaphore, another reads after it.
private final class Box<Value>: @unchecked Sendable {
    var value: Value?
}
