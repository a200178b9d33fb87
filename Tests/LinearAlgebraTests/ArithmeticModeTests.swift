import LinearAlgebra
import Testing

@Suite struct ArithmeticModeTests {
  @Test("the environment of a portable process needs no further change")
  func settled() {
    for start in [
      [:], ["OPENBLAS_CORETYPE": "SkylakeX"],
      ["GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2:glibc.malloc.check=1"],
    ] {
      let changes = ArithmeticMode.changes(to: start)
      #expect(!changes.isEmpty)
      let after = start.merging(changes) { $1 }
      #expect(ArithmeticMode.changes(to: after).isEmpty, "\(after)")
    }
  }

  @Test("settings of the C library that do not choose functions stay, those that do give way")
  func otherSettings() {
    let before = "glibc.malloc.check=1:glibc.cpu.hwcaps=-FMA:glibc.malloc.perturb=3"
    let after = ArithmeticMode.changes(to: ["GLIBC_TUNABLES": before])["GLIBC_TUNABLES"] ?? ""
    #expect(after.hasPrefix("glibc.malloc.check=1:glibc.malloc.perturb=3:glibc.cpu.hwcaps="))
    #expect(!after.contains("-FMA"))
  }
}
