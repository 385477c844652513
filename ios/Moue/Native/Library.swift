// What the native library says of itself.

import Foundation
internal import MoueFFI

/// The native library behind this module.
public enum MoueLibrary {
    /// Its version, as in `0.1.0`.
    public static var version: String {
        get throws { try native { try MoueFFI.version() } }
    }

    /// The name of the kernels with which networks run on this CPU, after their instruction set. All give the same results.
    public static var kernels: String {
        get throws { try native { try MoueFFI.kernels() } }
    }
}
