import Foundation

/// The sizes of the model that a folder of goldens was made with.
struct GoldenManifest: Codable {
    let stateWidth: Int
    let actionWidth: Int
    let width: Int
    let layers: Int
    let heads: Int
    let contextSteps: Int
    let promptSteps: Int
    let experts: Int
    let episodeSteps: Int
    /// The dimensions of an action that the loss counts.
    let validActionWidth: Int

    enum CodingKeys: String, CodingKey {
        case stateWidth = "state_dim"
        case actionWidth = "act_dim"
        case width = "hidden_size"
        case layers = "n_layer"
        case heads = "n_head"
        case contextSteps = "context"
        case promptSteps = "prompt_length"
        case experts
        case episodeSteps = "max_ep_len"
        case validActionWidth = "action_width"
    }

    func configuration(residual: ResidualForm) -> ModelConfiguration {
        ModelConfiguration(
            stateWidth: stateWidth, actionWidth: actionWidth, width: width, layers: layers, heads: heads,
            contextSteps: contextSteps, promptSteps: promptSteps, episodeSteps: episodeSteps, dropout: 0,
            residual: residual)
    }

    /// Reads `manifest.json` of a folder.
    ///
    /// - Throws: ``ModelError/goldens(folder:problem:)`` where it is missing or lacks a size.
    static func read(_ folder: URL) throws -> GoldenManifest {
        do {
            let data = try Data(contentsOf: folder.appending(path: "manifest.json"))
            return try JSONDecoder().decode(GoldenManifest.self, from: data)
        } catch DecodingError.keyNotFound(let key, _) {
            throw ModelError.goldens(folder: folder.path, problem: "manifest.json lacks '\(key.stringValue)'")
        } catch {
            throw ModelError.goldens(
                folder: folder.path, problem: "manifest.json cannot be read; is this a folder of goldens?")
        }
    }
}
