// swift-tools-version: 6.0
// The Swift package of Moue. It stands at the root because a package that is used by its URL must.
//
// The native code comes as an XCFramework. `MOUE_LOCAL` takes another in its place.

import Foundation
import PackageDescription

/// The release whose XCFramework an app downloads: `nil` before the first. `ios/README.md` has the recipe that fills it in, before the tag.
let release: (url: String, checksum: String)? = nil

/// A folder with a `libmoue_ffi` of this machine, as `cargo build -p moue-ffi` leaves it (`target/debug`), in place of the XCFramework: an
/// XCFramework takes a Mac, Xcode and minutes to build, and Linux can't link one, so without this neither the wrapper's own tests on Linux
/// nor a quick `swift test` on a Mac would run. Its linker flags are why a package can't be used like that by its URL.
let local = ProcessInfo.processInfo.environment["MOUE_LOCAL"]

let native: Target
let linker: [LinkerSetting]
if let local {
    native = .systemLibrary(name: "moue_ffiFFI", path: "ios/MoueFFI/Headers/moue_ffiFFI")
    linker = [.unsafeFlags(["-L", local, "-Xlinker", "-rpath", "-Xlinker", local]), .linkedLibrary("moue_ffi")]
} else if let release {
    native = .binaryTarget(name: "moue_ffiFFI", url: release.url, checksum: release.checksum)
    linker = []
} else {
    // Made on a Mac by `cargo xtask ios`.
    native = .binaryTarget(name: "moue_ffiFFI", path: "target/ios/Moue.xcframework")
    linker = []
}

let package = Package(
    name: "Moue",
    defaultLocalization: "en",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Moue", targets: ["Moue"])],
    targets: [
        native,
        // Generated, and in Swift 5 mode: UniFFI's code isn't written for complete concurrency checking.
        .target(
            name: "MoueFFI",
            dependencies: ["moue_ffiFFI"],
            path: "ios/MoueFFI",
            exclude: ["Headers"],
            swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: linker
        ),
        .target(
            name: "Moue",
            dependencies: ["MoueFFI"],
            path: "ios/Moue",
            resources: [.process("Resources")],
            swiftSettings: [.swiftLanguageMode(.v6)]
        ),
        .testTarget(
            name: "MoueTests",
            dependencies: ["Moue"],
            path: "ios/Tests/MoueTests",
            swiftSettings: [.swiftLanguageMode(.v6)]
        ),
    ]
)
