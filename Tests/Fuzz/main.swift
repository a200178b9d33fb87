// Reads mutated files of every kind, each case under limits: no trap, 5 s of processor time, 1 GB, and one
// sentence for what is rejected. See Scripts/fuzz.
//
// The process starts itself again for the cases, so that a trap ends only the child; it then goes on
// behind the case. A case follows from the seed and its number alone.
import Foundation
import InputOutput
import Randomness

/// An option of the command line.
func option(_ name: String, _ usual: Int) -> Int {
  guard let at = CommandLine.arguments.firstIndex(of: name), at + 1 < CommandLine.arguments.count
  else { return usual }
  return Int(CommandLine.arguments[at + 1]) ?? usual
}

let count = option("--cases", 20_000)
let seed = option("--seed", 1)
let first = option("--from", 0)
let progress =
  FileManager.default.temporaryDirectory.path
  + "/ohmweave-fuzz-\(option("--parent", Int(getpid())))"

if CommandLine.arguments.contains("--child") {
  try Child(seed: UInt64(seed), progress: progress).run(first..<count)
} else {
  exit(try Parent(count: count, seed: seed, first: first, progress: progress).run())
}
