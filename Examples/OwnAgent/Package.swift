// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "OwnAgent",
  dependencies: [.package(name: "RelaxRL", path: "../..")],
  targets: [
    .executableTarget(
      name: "OwnAgent", dependencies: [.product(name: "RelaxRL", package: "RelaxRL")])
  ])
