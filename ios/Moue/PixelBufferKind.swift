// Which of Core Video's pixel formats are read, and how. Apart from Core Video's own calls, so that it is tested on any machine.

import Foundation

/// A pixel format of Core Video that can be read without a copy.
enum PixelBufferKind: String, CaseIterable {
    /// 8-bit luma of full range, then chroma.
    case biPlanarFullRange = "420f"
    /// 8-bit luma of video range, then chroma.
    case biPlanarVideoRange = "420v"
    /// 10-bit luma of full range at the top of two bytes, then chroma.
    case tenBitFullRange = "xf20"
    /// 10-bit luma of video range at the top of two bytes, then chroma.
    case tenBitVideoRange = "x420"
    /// Blue, green, red, alpha.
    case bgra = "BGRA"

    /// The format that Core Video names by this code.
    init(code: UInt32) throws {
        let name = Self.name(code)
        guard let kind = Self(rawValue: name) else {
            let allowed = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw MoueError(
                .badInput, "the pixel buffer's format is \"\(name)\": allowed are \(allowed); choose one in the video output's settings")
        }
        self = kind
    }

    /// Where the first plane's pixels lie.
    func layout(width: Int, height: Int, rowStride: Int, orientation: FrameOrientation) -> FrameLayout {
        let (format, range): (PixelFormat, LumaRange?) =
            switch self {
            case .biPlanarFullRange: (.luma, .full)
            case .biPlanarVideoRange: (.luma, .video)
            case .tenBitFullRange: (.p010, .full)
            case .tenBitVideoRange: (.p010, .video)
            case .bgra: (.bgra, nil)
            }
        return FrameLayout(format, width: width, height: height, rowStride: rowStride, orientation: orientation, range: range)
    }

    /// Bytes from the first pixel to the end of the last: Core Video promises no more of the last row.
    func byteCount(_ layout: FrameLayout) -> Int {
        let pixel =
            switch self {
            case .biPlanarFullRange, .biPlanarVideoRange: 1
            case .tenBitFullRange, .tenBitVideoRange: 2
            case .bgra: 4
            }
        guard layout.width > 0, layout.height > 0 else { return 0 }
        return (layout.height - 1) * (layout.rowStride ?? 0) + layout.width * pixel
    }

    /// The four letters of a code, or the number where they can't be read.
    private static func name(_ code: UInt32) -> String {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: code >> $0) }
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { return String(code) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
