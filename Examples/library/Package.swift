// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "crossbar-read",
  platforms: [.macOS(.v15)],
  // In a package of your own: .package(url: "https://…/ohmweave", branch: "main").
  dependencies: [.package(name: "ohmweave", path: "../..")],
  targets: [
    .executableTarget(
      name: "CrossbarRead", dependencies: [.product(name: "Ohmweave", package: "ohmweave")],
      path: "Sources")
  ],
  swiftLanguageModes: [.v6]
)
