import Foundation
import M3DT
import M3DTTensor
import Testing

@Suite struct RecipeTests {
    @Test(arguments: BuiltInRecipe.names)
    func builtInRecipesAreReadAndWrittenAlike(name: String) throws {
        let recipe = try Recipe(named: name)
        #expect(try Recipe(yaml: recipe.yaml(), source: "written") == recipe)
    }

    @Test func thePaperIsTheDefault() throws {
        let recipe = try Recipe(named: "paper")
        #expect(recipe.backbone.steps == 400_000 && recipe.experts.steps == 200_000 && recipe.router.steps == 400_000)
        #expect(recipe.grouping.experts == 48 && recipe.model.width == 256 && recipe.data.rows == 16)
        #expect(recipe.backbone.learningRate == 1e-4 && recipe.backbone.optimizer.gradientNormLimit == 0.25)
    }

    @Test func precisionIsWhatTheDeviceIsFastestInUnlessItIsSaid() throws {
        #expect(try Recipe(named: "demo").precision == .preferred(on: .cpu))
        #expect(try Recipe(named: "demo", on: .cuda(0)).precision == .bfloat16)
        #expect(try Recipe(named: "demo", settings: ["precision=float32"], on: .cuda(0)).precision == .float32)
        #expect(try Recipe(named: "demo", on: .mps).precision == .float32)
    }

    @Test(arguments: ["demo", "small"], ["promptdt", "mtdt", "bc", "gato", "harmodt", "moe", "single-task", "topk"])
    func rivalsGetTheSameNumberOfSteps(scale: String, rival: String) throws {
        #expect(try Recipe(named: scale).totalSteps == Recipe(named: "\(scale)-\(rival)").totalSteps)
    }

    @Test func everyBuiltInRecipeIsAnother() throws {
        let recipes = try BuiltInRecipe.names.map { try Recipe(named: $0) }
        for (index, recipe) in recipes.enumerated() {
            #expect(!recipes[..<index].contains(recipe), "\(BuiltInRecipe.names[index])")
        }
        #expect(try Recipe(named: "paper-mtdt").model.promptSteps == 0)
        #expect(try Recipe(named: "paper-promptdt-1536").model.width == 1536)
        #expect(try Recipe(named: "demo-topk-moe").mixture.gate.k == 4)
        #expect(try Recipe(named: "small-harmodt").data.rows == 8)
    }

    @Test func settingsChangeWhatTheyName() throws {
        let recipe = try Recipe(named: "small", settings: ["backbone.steps=7", "tasks=[ant-dir]", "data.clip=null"])
        #expect(recipe.backbone.steps == 7 && recipe.tasks == ["ant-dir"] && recipe.data.clip == nil)
        #expect(recipe.experts == (try Recipe(named: "small").experts))
    }

    @Test func agreementVectorsMayBeSketched() throws {
        #expect(try Recipe(named: "small").grouping.sketch == .none)
        #expect(try Recipe(named: "small", settings: ["grouping.sketch=1024"]).grouping.sketch == .width(1024))
        #expect(try Recipe(named: "small", settings: ["grouping.sketch=none"]).grouping.sketch == .none)
        for value in ["0", "-3", "wide", "1.5"] {
            #expect(throws: RecipeError.self) { try Recipe(named: "small", settings: ["grouping.sketch=\(value)"]) }
        }
    }

    @Test func expertsMayBeTrainedTogether() throws {
        #expect(try Recipe(named: "paper").experts.together == 1)
        let recipe = try Recipe(named: "small", settings: ["experts.together=4", "experts.steps=7"])
        #expect(recipe.experts.together == 4 && recipe.experts.steps == 7)
        #expect(try Recipe(yaml: recipe.yaml(), source: "written") == recipe)
        #expect(try recipe.yaml().contains("\n  together: 4"))
        #expect(throws: RecipeError.self) { try Recipe(named: "small", settings: ["router.together=4"]) }
    }

    @Test func aStageMayStopAtItsConflictPeak() throws {
        let settings = ["rule=conflictPeak", "window=7", "patience=2"].map { "backbone.stop." + $0 }
        let recipe = try Recipe(named: "small", settings: settings)
        #expect(recipe.backbone.stop == StopSection(rule: .conflictPeak, window: 7, patience: 2))
        #expect(try Recipe(named: "small").backbone.stop.rule == .fixed && recipe.experts.stop.rule == .fixed)
        #expect(throws: RecipeError.self) { try Recipe(named: "small", settings: ["backbone.stop.rule=peak"]) }
    }

    @Test(arguments: [
        ("backbone: {stps: 1}", "backbone.stps", "backbone.steps"), ("modle: {width: 1}", "modle", "model"),
        ("grouping: {clustering: {restart: 1}}", "grouping.clustering.restart", "grouping.clustering.restarts"),
    ])
    func unknownKeysAreNamedWithTheNearest(yaml: String, key: String, nearest: String) {
        #expect(throws: RecipeError.unknownKey(key: key, nearest: nearest, file: "r.yaml")) {
            try Recipe(yaml: yaml, source: "r.yaml")
        }
    }

    @Test(arguments: ["backbone: {steps: many}", "backbone: 3", "model: {residual: sideways}", "seed: -1"])
    func valuesOfAnotherKindAreNamed(yaml: String) {
        let error = #expect(throws: RecipeError.self) { try Recipe(yaml: yaml, source: "r.yaml") }
        guard case .value(let key, _, "r.yaml") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(yaml.hasPrefix(key.split(separator: ".")[0]))
    }

    @Test(arguments: ["a: [", "- 1", "just words"])
    func textThatIsNoRecipeIsRefused(yaml: String) {
        #expect(throws: RecipeError.self) { try Recipe(yaml: yaml, source: "r.yaml") }
    }

    @Test(arguments: ["steps", "=1", "backbone..steps=1"])
    func malformedSettingsAreRefused(setting: String) {
        #expect(throws: RecipeError.malformedOverride(setting)) { try Recipe(named: "small", settings: [setting]) }
    }

    @Test func unknownRecipesAreNamedWithTheNearest() {
        #expect(throws: RecipeError.unknownRecipe(name: "smal", nearest: "small", builtIn: BuiltInRecipe.summary)) {
            try Recipe(named: "smal")
        }
    }
}
