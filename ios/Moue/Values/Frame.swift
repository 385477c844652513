// How a picture lies in memory: what `MoueAnalyzer.analyze` and `MoueSession.submit` need to know of bytes. Core Video's buffers describe
// themselves (`PixelBuffer.swift`).

import Foundation

/// Which bytes a pixel has.
public enum PixelFormat: Sendable, Hashable, CaseIterable {
    /// One byte of luma: a grey picture, or the Y plane of `420f` and `420v`.
    case luma
    /// Two bytes, ten bits of luma at their top, little-endian: the Y plane of `x420` and `xf20`.
    case p010
    /// Red, green, blue: three bytes.
    case rgb
    /// Red, green, blue, alpha: four bytes; alpha is ignored.
    case rgba
    /// Blue, green, red, alpha: four bytes; alpha is ignored.
    case bgra
}

/// Which luma values stand for black and white.
public enum LumaRange: Sendable, Hashable, CaseIterable {
    /// 0 is black, 255 white: `420f`, `xf20`.
    case full
    /// 16 is black, 235 white, as in most videos: `420v`, `x420`.
    case video
}

/// How a picture lies in its buffer, as EXIF counts it: the same eight cases and numbers as Image I/O's `CGImagePropertyOrientation`.
public enum FrameOrientation: UInt32, Sendable, Hashable, CaseIterable {
    /// Upright.
    case up = 1
    /// Upright, but mirrored left to right.
    case upMirrored = 2
    /// To be turned by half a turn.
    case down = 3
    /// To be turned by half a turn, then mirrored left to right.
    case downMirrored = 4
    /// To be turned a quarter clockwise, then mirrored left to right.
    case leftMirrored = 5
    /// To be turned a quarter clockwise: a phone's back camera, held upright.
    case right = 6
    /// To be turned a quarter counter-clockwise, then mirrored left to right.
    case rightMirrored = 7
    /// To be turned a quarter counter-clockwise.
    case left = 8
}

/// A part of a buffer, in whole pixels as they lie in memory, before any turn.
public struct PixelRect: Sendable, Hashable {
    /// Left edge.
    public var x: Int
    /// Top edge.
    public var y: Int
    /// Pixels from left to right; at least 1.
    public var width: Int
    /// Pixels from top to bottom; at least 1.
    public var height: Int

    /// The rectangle whose top left corner is `x`, `y`.
    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

/// How the pixels of a buffer are to be read. It is checked where it is used.
public struct FrameLayout: Sendable, Hashable {
    /// Which bytes a pixel has.
    public var format: PixelFormat
    /// Pixels in a row of the buffer, before any turn. At most 16,384.
    public var width: Int
    /// Rows of the buffer, before any turn. At most 16,384.
    public var height: Int
    /// Bytes from the start of one row to the start of the next; `nil` where rows follow each other without padding.
    public var rowStride: Int?
    /// Bytes from the start of one pixel to the start of the next; `nil` for those that the format has.
    public var pixelStride: Int?
    /// The only part that is looked at; `nil` for all. Results keep the coordinates of the whole frame.
    public var crop: PixelRect?
    /// How the picture lies in the buffer.
    public var orientation: FrameOrientation
    /// Which luma values stand for black and white; `nil` for what is usual: video for ``PixelFormat/p010``, full otherwise.
    public var range: LumaRange?

    /// A layout of packed, upright pixels unless told otherwise.
    public init(
        _ format: PixelFormat, width: Int, height: Int, rowStride: Int? = nil, pixelStride: Int? = nil, crop: PixelRect? = nil,
        orientation: FrameOrientation = .up, range: LumaRange? = nil
    ) {
        self.format = format
        self.width = width
        self.height = height
        self.rowStride = rowStride
        self.pixelStride = pixelStride
        self.crop = crop
        self.orientation = orientation
        self.range = range
    }
}
