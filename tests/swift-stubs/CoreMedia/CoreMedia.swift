// Stand-in for Core Media: see the README beside this folder.

@_exported import CoreVideo

public typealias CMTimeValue = Int64
public typealias CMTimeScale = Int32

public enum CMTimeRoundingMethod: UInt32, Sendable {
    case roundHalfAwayFromZero = 1
    case roundTowardZero = 2
}

public struct CMTime: Sendable {
    public var value: CMTimeValue
    public var timescale: CMTimeScale
    public var isNumeric: Bool { timescale > 0 }
    public static let zero = CMTime(value: 0, timescale: 1)
    public static let invalid = CMTime(value: 0, timescale: 0)
    public init(value: CMTimeValue, timescale: CMTimeScale) {
        self.value = value
        self.timescale = timescale
    }
}

public func CMTimeConvertScale(_ time: CMTime, timescale: Int32, method: CMTimeRoundingMethod) -> CMTime {
    guard time.timescale > 0 else { return time }
    let product = time.value.multipliedFullWidth(by: Int64(timescale))
    return CMTime(value: Int64(time.timescale).dividingFullWidth(product).quotient, timescale: timescale)
}

public final class CMClock: Sendable {
    public static let host = CMClock()
}

public func CMClockGetHostTimeClock() -> CMClock { .host }
public func CMClockGetTime(_ clock: CMClock) -> CMTime {
    CMTime(value: Int64(DispatchTime.now().uptimeNanoseconds), timescale: 1_000_000_000)
}

public final class CMSampleBuffer {
    public let image: CVImageBuffer?
    public let time: CMTime
    public init(image: CVImageBuffer?, time: CMTime) {
        self.image = image
        self.time = time
    }
}

public func CMSampleBufferGetImageBuffer(_ sample: CMSampleBuffer) -> CVImageBuffer? { sample.image }
public func CMSampleBufferGetPresentationTimeStamp(_ sample: CMSampleBuffer) -> CMTime { sample.time }
