// swift-tools-version: 6.2
import PackageDescription

/// One list of settings for every target, so that no target is checked less than another.
let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let tomlKit = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")

/// A source target.
///
/// `dependencies` is the whole list of what it may import (see ARCHITECTURE.md).
func module(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

/// A program for tests and measurements, in `Tools`; never installed.
func tool(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "Tools/\(name)", swiftSettings: settings)
}

/// The tests of a module, in a folder of the same name with `Tests` behind it.
func tests(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [], exclude: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies, exclude: exclude,
        resources: resources,
        swiftSettings: settings)
}

let package = Package(
    name: "harun",
    products: [.executable(name: "harun", targets: ["harun"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibC"),
        .systemLibrary(name: "CLibSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        module("Transport", ["CLibC", logging]),
        module("Documents", [tomlKit]),
        module("SSHConfig", ["Transport", "Documents"]),
        module("Settings", ["Documents"]),
        module("Inventory", ["Transport", "Documents", "SSHConfig", "Settings"]),
        module("Runbooks", ["Documents"]),
        module("Steps", ["Transport", "Documents"]),
        module("Actions", ["Transport", "Documents", "Settings", "Steps", crypto]),
        module("SSH", ["Transport", "CLibCrypto", "CLibSSH2", crypto, logging]),
        module("Probing", ["Steps"]),
        module("Planning", ["Transport", "Documents", "Inventory", "Runbooks", "Steps", "Actions", crypto]),
        module("Journaling", ["Transport", "Planning", grdb, logging]),
        module("Execution", ["Transport", "Steps", "Planning", "Journaling", logging]),
        module("Reporting", ["Transport", "Steps", "Actions", "Planning", "Journaling", "Execution"]),
        module(
            "CLI",
            [
                "Transport", "Documents", "Inventory", "Runbooks", "Steps", "Actions", "SSH", "Probing", "Planning",
                "Journaling", "Execution", "Reporting", argumentParser, crypto, logging,
            ]),
        .executableTarget(name: "harun", dependencies: ["CLI", "Transport"], swiftSettings: settings),
        module("TestSupport", ["CLibC", "Transport", logging], path: "Tests/Support"),
        tool(
            "trial",
            [
                "Transport", "Documents", "Inventory", "Runbooks", "Steps", "Actions", "Planning", "Journaling",
                "Execution", "TestSupport", argumentParser,
            ]),
        tool("sshbench", ["SSH", "Transport"]),
        tool("SSHTrial", ["SSH", "TestSupport", "Transport"]),
        tests("Transport", ["TestSupport"]),
        tests("Documents", ["TestSupport"]),
        tests("SSHConfig", ["Documents", "Transport", "TestSupport"]),
        tests("Settings", []),
        tests("Inventory", ["Documents", "Transport", "Settings", "SSHConfig", "TestSupport"]),
        tests("Runbooks", ["Documents", "TestSupport"]),
        tests(
            "Actions", ["Transport", "Documents", "Settings", "Steps"], resources: [.copy("Fixtures")],
            exclude: ["Golden"]),
        tests("Probing", ["Steps", "TestSupport"]),
        tests("SSH", ["CLibSSH2", "Transport", "TestSupport", crypto, logging]),
        tests("Planning", ["Transport", "Documents", "Inventory", "Runbooks", "Steps", "Actions", crypto]),
        tests("Journaling", ["Transport", "Planning", "TestSupport", grdb]),
        tests(
            "Execution",
            [
                "Transport", "Documents", "Inventory", "Runbooks", "Steps", "Actions", "Planning", "Journaling",
                "TestSupport",
            ]),
        tests("Reporting", ["Transport", "Documents", "Steps", "Actions", "Planning", "Journaling", "Execution"]),
        .testTarget(
            name: "CrashTests", dependencies: ["trial", "Journaling", "Planning", "TestSupport", "Transport"],
            swiftSettings: settings),
        .testTarget(
            name: "CLITests", dependencies: ["harun", "Journaling", "TestSupport", "Transport"],
            swiftSettings: settings),
    ]
)
