// The door for photos: bytes in, faces out. `Apple/Image.swift` and `Apple/PixelBuffer.swift` open it for Apple's own picture types.

import Foundation
internal import MoueFFI

/// Finds and reads the faces of photos.
///
/// ```swift
/// let analyzer = try MoueAnalyzer()
/// for face in try analyzer.analyze(image) {
///     print(face.bounds, face.reading.verdict.localizedName)
/// }
/// ```
///
/// It may be used from any thread; calls from several wait for each other. Making one loads the networks, which takes some milliseconds, and an
/// analysis takes from one millisecond to tens of them: call both away from the main thread.
public final class MoueAnalyzer: Sendable {
    private let analyzer: MoueFFI.Analyzer

    /// The longest side of a picture, and the most pixels of one: the native code's own limits.
    static let limits = (side: 16_384, pixels: 1 << 27)

    /// Loads the networks.
    ///
    /// - Throws: ``MoueError`` of kind ``MoueError/Kind/badInput`` for an option outside its range, ``MoueError/Kind/badModel`` for a model that
    ///   can't be used.
    public init(options: MoueOptions = MoueOptions()) throws {
        analyzer = try native { try MoueFFI.Analyzer(options: MoueFFI.Options(options)) }
    }

    /// The faces in a picture, the largest first; none is an empty array.
    ///
    /// The bytes are read where they lie, and only until this returns.
    ///
    /// - Throws: ``MoueError`` of kind ``MoueError/Kind/badInput`` where the bytes don't fit the layout.
    public func analyze(_ pixels: UnsafeRawBufferPointer, _ layout: FrameLayout) throws -> [Face] {
        try native {
            try withBorrowedData(pixels) {
                try analyzer.analyze(pixels: $0, layout: MoueFFI.FrameLayout(layout)).map(Face.init)
            }
        }
    }

    /// The faces in a picture, the largest first; none is an empty array.
    ///
    /// - Throws: ``MoueError`` of kind ``MoueError/Kind/badInput`` where the bytes don't fit the layout.
    public func analyze(_ pixels: Data, _ layout: FrameLayout) throws -> [Face] {
        try native { try analyzer.analyze(pixels: pixels, layout: MoueFFI.FrameLayout(layout)).map(Face.init) }
    }

    /// Fails for a picture that no analysis would take, in the native code's words: for callers that would take memory for it first.
    func refuseOversized(_ layout: FrameLayout) throws {
        let (pixels, overflow) = layout.width.multipliedReportingOverflow(by: layout.height)
        if overflow || max(layout.width, layout.height) > Self.limits.side || pixels > Self.limits.pixels {
            _ = try analyze(Data(), layout)
        }
    }
}

/// Lends bytes as `Data`, which doesn't copy them; it must not outlive the call.
func withBorrowedData<Result>(_ bytes: UnsafeRawBufferPointer, _ body: (Data) throws -> Result) rethrows -> Result {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return try body(Data()) }
    // Nothing writes to it: the native code only reads.
    return try body(Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.count, deallocator: .none))
}
