// Stand-in for Core Graphics: see the README beside this folder. Points and rectangles are Foundation's, as on Linux.

@_exported import Foundation

public final class CGImage {
    public var width: Int { 0 }
    public var height: Int { 0 }
}

public final class CGColorSpace {
    public static let sRGB = "kCGColorSpaceSRGB" as CFString
    public init?(name: CFString) {}
}

/// A string that stands for Core Foundation's.
public final class CFString: Hashable, ExpressibleByStringLiteral, Sendable {
    public init(stringLiteral value: String) {}
    public static func == (a: CFString, b: CFString) -> Bool { a === b }
    public func hash(into hasher: inout Hasher) {}
}

public typealias CFData = NSData
public typealias CFDictionary = NSDictionary

public enum CGImageAlphaInfo: UInt32 {
    case none = 0
    case premultipliedLast, premultipliedFirst, last, first, noneSkipLast, noneSkipFirst
}

public final class CGContext {
    public init?(
        data: UnsafeMutableRawPointer?, width: Int, height: Int, bitsPerComponent: Int, bytesPerRow: Int, space: CGColorSpace,
        bitmapInfo: UInt32
    ) {}
    public var data: UnsafeMutableRawPointer? { nil }
    public var bytesPerRow: Int { 0 }
    public func setFillColor(gray: CGFloat, alpha: CGFloat) {}
    public func fill(_ rect: CGRect) {}
    public func draw(_ image: CGImage, in rect: CGRect, byTiling: Bool = false) {}
}

public struct CGAffineTransform: Sendable, Equatable {
    public var a, b, c, d, tx, ty: CGFloat
}
