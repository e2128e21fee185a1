// swift-tools-version: 6.1
import PackageDescription

// The native libraries are put here by Scripts/setup.sh.
let dependencies = Context.packageDirectory + "/.deps"
let mujoco = dependencies + "/mujoco"

/// Finds a native library at link time, and at run time both in place and after the folder has moved.
func library(at folder: String, relative: String) -> [LinkerSetting] {
    [
        .unsafeFlags(["-L" + folder, "-Xlinker", "-rpath", "-Xlinker", folder]),
        .unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../../../.deps/" + relative]),
    ]
}

let package = Package(
    name: "m3dt",
    products: [
        .library(name: "M3DT", targets: ["M3DT"]),
        .executable(name: "m3dt", targets: ["M3DTCommand"]),
    ],
    traits: [
        .trait(name: "MPI", description: "Training in several processes: mpirun -n R m3dt train; needs Open MPI.")
    ],
    dependencies: [
        .package(path: "Torch"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        // Foreign libraries: the only targets that contain or import C.
        .target(
            name: "CTorchBridge",
            dependencies: [.product(name: "M3DTTorch", package: "Torch")],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]
        ),
        .target(
            name: "CMuJoCo",
            cSettings: [
                .define("M3DT_MODELS_DIRECTORY", to: "\"\(dependencies)/models\"")
            ],
            linkerSettings: library(at: mujoco + "/lib", relative: "mujoco/lib") + [
                .linkedLibrary("mujoco"), .linkedLibrary("dl", .when(platforms: [.linux])),
            ]
        ),
        .systemLibrary(name: "CZlib"),
        .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),

        // Foundations without any knowledge of the field.
        .target(name: "M3DTRandom"),
        .target(name: "M3DTStorage", dependencies: ["CZlib"]),
        .target(name: "M3DTWorker"),
        .target(name: "M3DTRanks", dependencies: [.target(name: "CMPI", condition: .when(traits: ["MPI"]))]),
        .target(name: "M3DTTensor", dependencies: ["CTorchBridge", "M3DTRandom", "M3DTStorage"]),

        // Tasks, simulators and data.
        .target(name: "M3DTTasks", dependencies: ["M3DTRandom", "M3DTStorage"]),
        .target(
            name: "M3DTSimulation",
            dependencies: ["CMuJoCo", "M3DTRandom", "M3DTStorage", "M3DTTasks", "M3DTWorker"],
            resources: [.copy("Models"), .copy("Policies")]
        ),
        // Trains demonstrators with tensors, so that simulating needs none.
        .target(
            name: "M3DTActorCritic",
            dependencies: ["M3DTRandom", "M3DTSimulation", "M3DTStorage", "M3DTTasks", "M3DTTensor"]
        ),
        .target(name: "M3DTData", dependencies: ["M3DTRandom", "M3DTStorage", "M3DTTasks", "M3DTWorker"]),

        // The model, how it is trained and how it is judged.
        .target(name: "M3DTModel", dependencies: ["M3DTRandom", "M3DTStorage", "M3DTTensor"]),
        .target(
            name: "M3DTTraining",
            dependencies: [
                "M3DTData", "M3DTModel", "M3DTRandom", "M3DTRanks", "M3DTStorage", "M3DTTasks", "M3DTTensor",
            ]
        ),
        .target(
            name: "M3DTEvaluation",
            dependencies: ["M3DTModel", "M3DTRandom", "M3DTStorage", "M3DTTasks", "M3DTTensor"]
        ),
        .target(name: "M3DTReports", dependencies: ["M3DTRandom", "M3DTStorage", "M3DTTasks"]),

        // What a user sees.
        .target(
            name: "M3DT",
            dependencies: [
                "M3DTData", "M3DTEvaluation", "M3DTModel", "M3DTRandom", "M3DTRanks", "M3DTReports", "M3DTSimulation",
                "M3DTStorage", "M3DTTasks", "M3DTTensor", "M3DTTraining", "M3DTWorker",
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .executableTarget(
            name: "M3DTCommand",
            dependencies: [
                "M3DT", "M3DTActorCritic", "M3DTData", "M3DTEvaluation", "M3DTModel", "M3DTRanks", "M3DTReports",
                "M3DTSimulation", "M3DTStorage", "M3DTTasks", "M3DTTensor", "M3DTTraining", "M3DTWorker",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),

        // What several test targets need; no product holds it.
        .target(name: "M3DTTestSupport", path: "Tests/M3DTTestSupport"),
        .testTarget(name: "M3DTRandomTests", dependencies: ["M3DTRandom"]),
        .testTarget(name: "M3DTStorageTests", dependencies: ["M3DTStorage", "M3DTTestSupport"]),
        .testTarget(name: "M3DTWorkerTests", dependencies: ["M3DTWorker", "M3DTTestSupport"]),
        .testTarget(name: "M3DTRanksTests", dependencies: ["M3DTRanks"]),
        .testTarget(name: "M3DTTensorTests", dependencies: ["M3DTTensor"]),
        .testTarget(name: "M3DTTasksTests", dependencies: ["M3DTTasks"]),
        .testTarget(name: "M3DTSimulationTests", dependencies: ["M3DTSimulation", "M3DTTestSupport"]),
        .testTarget(name: "M3DTActorCriticTests", dependencies: ["M3DTActorCritic", "M3DTTestSupport"]),
        .testTarget(name: "M3DTDataTests", dependencies: ["M3DTData", "M3DTTestSupport"]),
        .testTarget(name: "M3DTModelTests", dependencies: ["M3DTModel"]),
        .testTarget(name: "M3DTTrainingTests", dependencies: ["M3DTTraining", "M3DTTestSupport"]),
        .testTarget(name: "M3DTEvaluationTests", dependencies: ["M3DTEvaluation", "M3DTTestSupport"]),
        .testTarget(name: "M3DTReportsTests", dependencies: ["M3DTRandom", "M3DTReports", "M3DTTestSupport"]),
        .testTarget(
            name: "M3DTTests",
            dependencies: [
                "M3DT", "M3DTCommand", "M3DTData", "M3DTEvaluation", "M3DTModel", "M3DTRanks", "M3DTReports",
                "M3DTTasks", "M3DTTensor", "M3DTTestSupport",
            ]
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)
