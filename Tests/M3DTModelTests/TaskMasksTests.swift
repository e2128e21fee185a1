import M3DTRandom
import M3DTTensor
import Testing

@testable import M3DTModel

@Suite struct TaskMasksTests {
    @Test func aTasksModelHasZerosWhereItsMaskHas() throws {
        let model = try Variant.plain.model()
        let masks = try TaskMasks(tasks: 2, model: model)
        let count = try masks.mask(of: 0).count
        let mask: [UInt8] = (0..<count).map { $0 % 3 == 0 ? 0 : 1 }
        try masks.mask(of: 1).assign(.of(mask, shape: [count]))
        let (first, second) = (try masks.model(model, of: 0), try masks.model(model, of: 1))
        var place = 0
        for (own, (whole, part)) in zip(
            model.namedParameters, zip(first.namedParameters, second.namedParameters))
        {
            let value = try own.parameter.value.floats()
            #expect(try whole.parameter.value.floats() == value)
            let found = try part.parameter.value.floats()
            guard own.name.hasPrefix("transformer.h.") || own.name.hasPrefix("transformer.ln_f.") else {
                #expect(found == value, "\(own.name) belongs to all tasks")
                continue
            }
            #expect(found == value.indices.map { mask[place + $0] == 0 ? 0 : value[$0] }, "\(own.name)")
            place += value.count
        }
        #expect(place == count)
    }
}
