// swift-tools-version: 6.1
import PackageDescription

// The layers, bottom first. A target may depend on what stands above it in this list and on nothing
// else; Tests/LayeringTests holds the import lines against the same order.

let argumentParser: Target.Dependency =
  .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")

#if os(macOS)
  let gslPackageConfig: String? = "gsl"
#else
  // gsl.pc asks for libgslcblas; OpenBLAS supplies those symbols instead.
  let gslPackageConfig: String? = nil
#endif

var dependencies: [Package.Dependency] = [
  .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  .package(url: "https://github.com/apple/swift-protobuf", from: "1.30.0"),
  .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
]
// Only `make docs` needs the documentation compiler's plugin.
if Context.environment["OHMWEAVE_DOCUMENTATION"] != nil {
  dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}

/// Inner loops in C for the targets that import them. They share inlined functions, which are in no target.
func kernels(_ name: String) -> Target {
  .target(
    name: "C\(name)Kernels", path: "Sources/CKernels/\(name)",
    cSettings: [.headerSearchPath("../Common")])
}

let package = Package(
  name: "ohmweave",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "ohmweave", targets: ["OhmweaveCLI"]),
    .library(name: "Ohmweave", targets: ["Ohmweave"]),
  ],
  dependencies: dependencies,
  targets: [
    // System libraries.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CGSL", pkgConfig: gslPackageConfig,
      providers: [.apt(["libgsl-dev"]), .brew(["gsl"])]),
    .systemLibrary(
      name: "CSuiteSparse",
      providers: [.apt(["libsuitesparse-dev"]), .brew(["suite-sparse"])]),
    .systemLibrary(
      name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),

    // Inner loops in C. Each has few importers: all of them are built again where a header changes.
    kernels("Random"),
    kernels("Matrix"),
    kernels("Activation"),
    kernels("Device"),
    kernels("Conversion"),
    kernels("Array"),
    kernels("Learning"),
    kernels("Settling"),

    // The layers.
    .target(name: "InputOutput"),
    .target(name: "PhysicalUnits"),
    .target(name: "StrictYAML", dependencies: ["InputOutput", "PhysicalUnits", yams]),
    .target(name: "ArrayFiles", dependencies: ["InputOutput", "CZip", "CZlib"]),
    .target(name: "Randomness", dependencies: ["CGSL", "CRandomKernels"]),
    .target(name: "LinearAlgebra", dependencies: ["COpenBLAS", "CSuiteSparse", "CMatrixKernels"]),
    .target(name: "NumericalMethods", dependencies: ["CGSL", "Randomness"]),
    .target(
      name: "Networks",
      dependencies: [
        "ArrayFiles", "InputOutput", "StrictYAML", "Randomness", "LinearAlgebra",
        "CActivationKernels", "CConversionKernels", "CSettlingKernels", protobuf,
      ],
      exclude: ["Import/ONNX/onnx-subset.proto"]),
    .target(
      name: "DeviceModels",
      dependencies: [
        "ArrayFiles", "InputOutput", "PhysicalUnits", "StrictYAML", "Randomness", "LinearAlgebra",
        "NumericalMethods", "CDeviceKernels",
      ]),
    .target(
      name: "Circuits",
      dependencies: [
        "ArrayFiles", "InputOutput", "PhysicalUnits", "StrictYAML", "Randomness", "LinearAlgebra",
        "NumericalMethods", "DeviceModels", "CConversionKernels", "CArrayKernels",
      ]),
    .target(
      name: "Crossbar",
      dependencies: [
        "InputOutput", "PhysicalUnits", "StrictYAML", "Randomness", "LinearAlgebra",
        "NumericalMethods", "Networks", "DeviceModels", "Circuits", "CConversionKernels",
      ]),
    .target(
      name: "Training",
      dependencies: [
        "ArrayFiles", "InputOutput", "PhysicalUnits", "StrictYAML", "Randomness", "LinearAlgebra",
        "NumericalMethods", "Networks", "DeviceModels", "Circuits", "Crossbar",
        "CConversionKernels", "CLearningKernels",
      ]),
    .target(
      name: "Reporting",
      dependencies: ["InputOutput", "PhysicalUnits", "StrictYAML", "LinearAlgebra"]),
    .target(
      name: "Studies",
      dependencies: [
        "ArrayFiles", "InputOutput", "PhysicalUnits", "StrictYAML", "Randomness", "LinearAlgebra",
        "NumericalMethods", "Reporting", "CSQLite",
      ]),
    .target(
      name: "CircuitJobs",
      dependencies: [
        "ArrayFiles", "InputOutput", "PhysicalUnits", "StrictYAML", "Randomness", "LinearAlgebra",
        "NumericalMethods", "DeviceModels", "Circuits", "Crossbar", "Reporting",
      ]),
    .target(
      name: "NetworkJobs",
      dependencies: [
        "ArrayFiles", "InputOutput", "PhysicalUnits", "StrictYAML", "Randomness", "LinearAlgebra",
        "NumericalMethods", "Networks", "DeviceModels", "Circuits", "Crossbar", "Training",
        "Reporting",
      ]),
    .target(name: "Jobs", dependencies: ["Reporting", "Studies", "CircuitJobs", "NetworkJobs"]),
    .target(
      name: "Ohmweave",
      dependencies: [
        "InputOutput", "PhysicalUnits", "Randomness", "LinearAlgebra", "DeviceModels", "Circuits",
        "Crossbar", "Networks", "Training",
      ]),
    .executableTarget(
      name: "OhmweaveCLI",
      dependencies: [
        "InputOutput", "StrictYAML", "LinearAlgebra", "Reporting", "Studies", "CircuitJobs",
        "NetworkJobs", "Jobs", argumentParser,
      ]),
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        "ArrayFiles", "InputOutput", "PhysicalUnits", "Randomness", "LinearAlgebra",
        "DeviceModels", "Circuits", "Crossbar", "Networks", "Training", "Reporting", "Studies",
        "Jobs", "TestSupport", argumentParser,
      ],
      path: "Benchmarks/Cases"),

    // The example of a user of the library, which has a package of its own beside it.
    .executableTarget(
      name: "LibraryExample", dependencies: ["Ohmweave"], path: "Examples/library/Sources"),

    // Mutated files for every reader; see Scripts/fuzz.
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "ArrayFiles", "Crossbar", "DeviceModels", "InputOutput", "Jobs", "Networks",
        "Randomness", "Studies", "TestSupport",
      ],
      path: "Tests/Fuzz"),

    // Tests, one target a layer.
    .target(
      name: "TestSupport",
      dependencies: [
        "ArrayFiles", "DeviceModels", "InputOutput", "LinearAlgebra", "Randomness", "CZlib",
      ],
      path: "Tests/TestSupport"),
    .testTarget(name: "LayeringTests"),
    .testTarget(name: "InputOutputTests", dependencies: ["InputOutput"]),
    .testTarget(
      name: "ArrayFilesTests",
      dependencies: ["ArrayFiles", "InputOutput", "Randomness", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "PhysicalUnitsTests", dependencies: ["PhysicalUnits"]),
    .testTarget(name: "StrictYAMLTests", dependencies: ["StrictYAML", "InputOutput"]),
    .testTarget(
      name: "RandomnessTests", dependencies: ["Randomness", "NumericalMethods", "TestSupport"]),
    .testTarget(name: "LinearAlgebraTests", dependencies: ["LinearAlgebra", "Randomness"]),
    .testTarget(
      name: "NumericalMethodsTests", dependencies: ["NumericalMethods", "Randomness"]),
    .testTarget(
      name: "DeviceModelsTests",
      dependencies: [
        "ArrayFiles",
        "DeviceModels", "NumericalMethods", "Randomness", "LinearAlgebra", "InputOutput",
        "PhysicalUnits", "TestSupport",
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "CircuitsTests",
      dependencies: [
        "ArrayFiles",
        "Circuits", "DeviceModels", "NumericalMethods", "Randomness", "LinearAlgebra",
        "InputOutput", "PhysicalUnits",
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "CrossbarTests",
      dependencies: [
        "ArrayFiles",
        "Crossbar", "Circuits", "DeviceModels", "NumericalMethods", "Randomness", "LinearAlgebra",
        "InputOutput", "Networks", "PhysicalUnits", "TestSupport",
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "NetworksTests",
      dependencies: [
        "ArrayFiles", "Networks", "NumericalMethods", "Randomness", "LinearAlgebra", "InputOutput",
        "TestSupport",
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "ArrayFiles", "Training", "DeviceModels", "LinearAlgebra", "PhysicalUnits", "Randomness",
        "NumericalMethods", "Networks", "StrictYAML", "Circuits", "Crossbar", "TestSupport",
      ]),
    .testTarget(
      name: "ReportingTests", dependencies: ["Reporting", "InputOutput", "TestSupport"]),
    .testTarget(
      name: "JobsTests",
      dependencies: [
        "ArrayFiles", "InputOutput", "StrictYAML", "Randomness", "LinearAlgebra", "Networks",
        "DeviceModels", "Circuits",
        "Training", "Reporting", "Studies", "CircuitJobs", "NetworkJobs", "Jobs", "TestSupport",
        "CSQLite",
      ],
      resources: [.copy("Fixtures")]),
  ],
  swiftLanguageModes: [.v6]
)
