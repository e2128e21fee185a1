// swift-tools-version: 6.1
// The C++ over libtorch, in a library of its own that is loaded at the first use of a tensor: see Docs/architecture.md.
import PackageDescription

let root = Context.packageDirectory + "/.."
// Put here by Scripts/setup.sh.
let torch = root + "/.deps/torch"

let package = Package(
    name: "Torch",
    products: [.library(name: "M3DTTorch", type: .dynamic, targets: ["M3DTTorch"])],
    targets: [
        .target(
            name: "M3DTTorch",
            cxxSettings: [
                // Headers of single operations instead of all 2,000, which take ten seconds to read for each file.
                .define("AT_PER_OPERATOR_HEADERS"),
                .unsafeFlags([
                    "-I", root + "/Sources/CTorchBridge/include",
                    "-isystem", torch + "/include",
                    "-isystem", torch + "/include/torch/csrc/api/include",
                    "-O3",  // in debug builds too: these are the inner loops
                ]),
            ],
            linkerSettings: [
                .unsafeFlags(["-L" + torch + "/lib", "-Xlinker", "-rpath", "-Xlinker", torch + "/lib"]),
                // In place, and after the folder has moved.
                .unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../../../.deps/torch/lib"]),
                .linkedLibrary("torch_cpu"), .linkedLibrary("c10"), .linkedLibrary(":libgomp.so.1"),
            ]
        )
    ],
    cxxLanguageStandard: .cxx20
)
