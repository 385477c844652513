// Stand-in for Core Video: see the README beside this folder. Its buffers hold bytes and count locks, so that code can be run against them.

@_exported import Foundation

public typealias OSType = UInt32
public typealias CVReturn = Int32
public let kCVReturnSuccess: CVReturn = 0
public let kCVPixelFormatType_420YpCbCr8BiPlanarFullRange: OSType = 0x3432_3066
public let kCVPixelBufferPixelFormatTypeKey = "PixelFormatType"

public struct CVPixelBufferLockFlags: OptionSet, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static let readOnly = CVPixelBufferLockFlags(rawValue: 1)
}

public final class CVBuffer {
    public let code: OSType
    public let isPlanar: Bool
    public let width: Int
    public let height: Int
    public let rowStride: Int
    public let bytes: UnsafeMutableRawPointer
    public var locks = 0
    /// What the next lock returns.
    public var lockStatus = kCVReturnSuccess

    /// A buffer whose first plane starts at `bytes`, which it doesn't own.
    public init(code: OSType, isPlanar: Bool, width: Int, height: Int, rowStride: Int, bytes: UnsafeMutableRawPointer) {
        self.code = code
        self.isPlanar = isPlanar
        self.width = width
        self.height = height
        self.rowStride = rowStride
        self.bytes = bytes
    }
}

public typealias CVImageBuffer = CVBuffer
public typealias CVPixelBuffer = CVImageBuffer

public func CVPixelBufferGetPixelFormatType(_ buffer: CVPixelBuffer) -> OSType { buffer.code }
public func CVPixelBufferIsPlanar(_ buffer: CVPixelBuffer) -> Bool { buffer.isPlanar }

@discardableResult
public func CVPixelBufferLockBaseAddress(_ buffer: CVPixelBuffer, _ flags: CVPixelBufferLockFlags) -> CVReturn {
    if buffer.lockStatus == kCVReturnSuccess { buffer.locks += 1 }
    return buffer.lockStatus
}

@discardableResult
public func CVPixelBufferUnlockBaseAddress(_ buffer: CVPixelBuffer, _ flags: CVPixelBufferLockFlags) -> CVReturn {
    buffer.locks -= 1
    return kCVReturnSuccess
}

// Core Video's addresses are there only while the buffer is locked.
public func CVPixelBufferGetBaseAddress(_ buffer: CVPixelBuffer) -> UnsafeMutableRawPointer? { buffer.locks > 0 ? buffer.bytes : nil }
public func CVPixelBufferGetWidth(_ buffer: CVPixelBuffer) -> Int { buffer.width }
public func CVPixelBufferGetHeight(_ buffer: CVPixelBuffer) -> Int { buffer.height }
public func CVPixelBufferGetBytesPerRow(_ buffer: CVPixelBuffer) -> Int { buffer.rowStride }
public func CVPixelBufferGetBaseAddressOfPlane(_ buffer: CVPixelBuffer, _ plane: Int) -> UnsafeMutableRawPointer? {
    buffer.locks > 0 && buffer.isPlanar && plane == 0 ? buffer.bytes : nil
}
public func CVPixelBufferGetWidthOfPlane(_ buffer: CVPixelBuffer, _ plane: Int) -> Int { buffer.width }
public func CVPixelBufferGetHeightOfPlane(_ buffer: CVPixelBuffer, _ plane: Int) -> Int { buffer.height }
public func CVPixelBufferGetBytesPerRowOfPlane(_ buffer: CVPixelBuffer, _ plane: Int) -> Int { buffer.rowStride }
