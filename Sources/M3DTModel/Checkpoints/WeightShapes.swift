// Legend: S state, A action, D width, H hidden units, T timesteps, N experts.

/// The names and shapes of weights, known without making a model of them, which would take the memory.
enum WeightShapes {
    typealias Table = [String: [Int]]

    /// Those of a ``PromptDT``.
    static func backbone(_ model: ModelConfiguration) -> Table {
        let (width, states, actions) = (model.width, model.stateWidth, model.actionWidth)
        var table: Table = ["transformer.wte.weight": [1, width]]
        for prefix in ["", "prompt_"] {
            table[prefix + "embed_timestep.weight"] = [model.episodeSteps, width]
            table += linear(prefix + "embed_return", [width, 1])
            table += linear(prefix + "embed_state", [width, states])
            table += linear(prefix + "embed_action", [width, actions])
        }
        for norm in ["embed_ln", "transformer.ln_f"] { table += self.norm(norm, width) }
        for layer in 0..<model.layers {
            let block = "transformer.h.\(layer)."
            table += norm(block + "ln_1", width)
            table += norm(block + "ln_2", width)
            table += convolution(block + "attn.c_attn", [width, 3 * width])
            table += convolution(block + "attn.c_proj", [width, width])
            table += feedForward(block + "mlp.", model)
        }
        table += linear("predict_state", [states, width])
        table += linear("predict_action.0", [actions, width])
        table += linear("predict_return", [1, width])
        return table
    }

    /// Those of one expert; inside a mixture's file, of the one of the given number.
    static func expert(_ model: ModelConfiguration, number: Int? = nil) -> Table {
        (0..<model.layers).reduce(into: [:]) { table, layer in
            table += feedForward("block_\(layer)." + (number.map { "experts.\($0)." } ?? ""), model)
        }
    }

    /// Those of the routers of all blocks.
    static func routers(_ model: ModelConfiguration, experts: Int) -> Table {
        let (width, hidden) = (model.width, model.hiddenWidth)
        return (0..<model.layers).reduce(into: [:]) { table, layer in
            let router = "block_\(layer).router."
            table += linear(router + "fc1", [hidden, width])
            table += linear(router + "fc2", [hidden, hidden])
            table += linear(router + "fc_new", [hidden, hidden])
            table += linear(router + "fc3", [hidden / 2, hidden])
            table += linear(router + "fc4", [experts, hidden / 2])
        }
    }

    private static func feedForward(_ prefix: String, _ model: ModelConfiguration) -> Table {
        convolution(prefix + "c_fc", [model.width, model.hiddenWidth])
            + convolution(prefix + "c_proj", [model.hiddenWidth, model.width])
    }

    private static func norm(_ name: String, _ width: Int) -> Table {
        [name + ".weight": [width], name + ".bias": [width]]
    }

    /// A matrix stored [out, in].
    private static func linear(_ name: String, _ shape: [Int]) -> Table {
        [name + ".weight": shape, name + ".bias": [shape[0]]]
    }

    /// A matrix stored [in, out], as GPT-2's are.
    private static func convolution(_ name: String, _ shape: [Int]) -> Table {
        [name + ".weight": shape, name + ".bias": [shape[1]]]
    }
}

extension [String: [Int]] {
    fileprivate static func + (left: Self, right: Self) -> Self { left.merging(right) { $1 } }

    fileprivate static func += (left: inout Self, right: Self) { left.merge(right) { $1 } }
}
