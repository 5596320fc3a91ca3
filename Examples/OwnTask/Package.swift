// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "OwnTask",
  dependencies: [.package(name: "RelaxRL", path: "../..")],
  targets: [
    .executableTarget(
      name: "OwnTask", dependencies: [.product(name: "RelaxRL", package: "RelaxRL")])
  ])
