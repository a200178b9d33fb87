import ArgumentParser

/// The command `ohmweave`.
@main
struct Ohmweave: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ohmweave",
    abstract: "Simulates analog in-memory computing on memristor crossbars.")
}
