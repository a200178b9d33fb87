internal import CMatrixKernels
internal import COpenBLAS
import Foundation

/// Whether the results of a process depend on its processor.
///
/// The kernels of `Sources/CKernels` add in a fixed order and do not contract products: they give the same
/// bits at every vector width. Two libraries choose kernels that round differently by what the processor
/// has, when they are loaded: OpenBLAS, and the C library for its mathematical functions. Both read the
/// environment at that moment, so that a process is portable from its start or not at all.
public enum ArithmeticMode: String, Sendable, CaseIterable {
  /// The same bits on every x86-64 processor of the level x86-64-v3, with the same versions of the
  /// program and its libraries.
  case portable
  /// Whatever kernels the libraries choose for this processor.
  case native

  /// The kernels that OpenBLAS uses in a portable process: AVX2 and FMA, which x86-64-v3 has. Their
  /// blocks are constants of the build and do not depend on caches.
  static let kernels = "Haswell"

  /// The setting of the C library in a portable process. With AVX2 and FMA it has one set of
  /// mathematical functions; without AVX-512 its loader finds no libraries of the level x86-64-v4.
  static let librarySetting = "glibc.cpu.hwcaps=-AVX512F"

  private static let kernelVariable = "OPENBLAS_CORETYPE"
  private static let libraryVariable = "GLIBC_TUNABLES"

  /// The mode of this process.
  public static let current: ArithmeticMode =
    isSupported && changes(to: ProcessInfo.processInfo.environment).isEmpty
      && kernelsInUse == kernels ? .portable : .native

  /// Whether this processor and this system have a portable mode.
  package static var isSupported: Bool { ow_has_portable_level() != 0 }

  /// The kernels that OpenBLAS uses in this process, by the name of a processor.
  package static var kernelsInUse: String { String(cString: openblas_get_corename()) }

  /// The variables that `environment` has to change for a portable process, with their values there;
  /// empty where it is one already. Other settings of the C library stay.
  package static func changes(to environment: [String: String]) -> [String: String] {
    let others = (environment[libraryVariable] ?? "").split(separator: ":").filter {
      !$0.hasPrefix("glibc.cpu.")
    }
    let needed = [
      kernelVariable: kernels,
      libraryVariable: (others.map(String.init) + [librarySetting]).joined(separator: ":"),
    ]
    return needed.filter { environment[$0.key] != $0.value }
  }
}
