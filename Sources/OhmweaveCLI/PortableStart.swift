import ArgumentParser
import Foundation
import InputOutput
import LinearAlgebra

/// The option `--portable`. It has taken effect before options are read; see `PortableStart`.
struct ArithmeticOption: ParsableArguments {
  @Flag(help: "Same bits on every x86-64 processor with AVX2 and FMA; see docs/output.md.")
  var portable = false
}

/// Starts the process again for `--portable`.
enum PortableStart {
  /// Where `arguments` ask for portable arithmetic and this process has another, sets the environment
  /// that the libraries read when they are loaded, and starts the program again in its own place, with
  /// the same arguments and the same process number.
  ///
  /// - Throws: `InputError` where the processor or the build of OpenBLAS has no portable mode;
  ///   `RunError` where the program cannot be started again.
  static func apply(_ arguments: [String]) throws {
    guard arguments.prefix(while: { $0 != "--" }).contains("--portable") else { return }
    guard ArithmeticMode.isSupported else {
      throw InputError(
        "--portable",
        "needs Linux and an x86-64 processor with AVX2, FMA and BMI (x86-64-v3), which this machine lacks"
      )
    }
    let changes = ArithmeticMode.changes(to: ProcessInfo.processInfo.environment)
    guard changes.isEmpty else {
      for (name, value) in changes { setenv(name, value, 1) }
      execv(SharedFiles.executable.path, CommandLine.unsafeArgv)
      throw RunError(
        "cannot start \(SharedFiles.executable.path) again for --portable: \(String(cString: strerror(errno)))"
      )
    }
    guard ArithmeticMode.current == .portable else {
      throw InputError(
        "--portable",
        "this OpenBLAS uses kernels of \(ArithmeticMode.kernelsInUse) whatever it is asked for, a build for several processors (DYNAMIC_ARCH) is expected"
      )
    }
  }
}
