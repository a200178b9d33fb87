import Foundation
import Testing

/// The layers, bottom first, as docs/architecture.md draws them: a target imports only what stands
/// above it here, and an outside module only where the table says so.
private let layers: [(target: String, outside: Set<String>)] = [
  ("InputOutput", []),
  ("PhysicalUnits", []),
  ("StrictYAML", ["CYaml", "Yams"]),
  ("ArrayFiles", ["CZip", "CZlib"]),
  ("Randomness", ["CGSL", "CRandomKernels"]),
  ("LinearAlgebra", ["CMatrixKernels", "COpenBLAS", "CSuiteSparse"]),
  ("NumericalMethods", ["CGSL"]),
  ("Networks", ["CActivationKernels", "CConversionKernels", "CONNXSchema", "CSettlingKernels"]),
  ("DeviceModels", ["CDeviceKernels"]),
  ("Circuits", ["CArrayKernels", "CConversionKernels"]),
  ("Crossbar", ["CConversionKernels"]),
  ("Training", ["CConversionKernels", "CLearningKernels"]),
  ("Reporting", []),
  ("Studies", ["CSQLite"]),
  ("CircuitJobs", []),
  ("NetworkJobs", []),
  ("Jobs", []),
  ("Ohmweave", []),
  ("OhmweaveCLI", ["ArgumentParser"]),
]

private let everywhere: Set<String> = [
  "Foundation", "FoundationEssentials", "Dispatch", "Synchronization", "Glibc", "Darwin",
]

@Suite struct LayeringTests {
  static let sources = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources").standardizedFileURL

  @Test("a target imports only what its layer may", arguments: layers.indices)
  func imports(index: Int) throws {
    let layer = layers[index]
    let allowed = everywhere.union(layer.outside).union(layers[..<index].map(\.target))
    let folder = Self.sources.appending(path: layer.target)
    let files = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    var imports = 0
    for case let file as URL in files where file.pathExtension == "swift" {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let at = words.firstIndex(of: "import"), at <= 2, at + 1 < words.count,
          words[..<at].allSatisfy({ $0.hasPrefix("@") || $0.hasSuffix("al") || $0 == "public" })
        else { continue }
        imports += 1
        let module = words.last!.split(separator: ".")[0]
        #expect(
          allowed.contains(String(module)), "\(file.lastPathComponent) imports \(module)")
      }
    }
    #expect(imports > 0, "\(layer.target) imports nothing")
  }

  @Test("every folder of Sources is a layer or a system library")
  func folders() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.sources.path)
    let known = Set(layers.map(\.target))
    for name in names where !name.hasPrefix("C") || known.contains(name) {
      #expect(known.contains(name) || name.hasPrefix("."), "\(name) has no layer")
    }
  }
}
