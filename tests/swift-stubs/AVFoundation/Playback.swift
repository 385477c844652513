// Stand-in for AVFoundation's players: see the README beside this folder.

import Foundation

public class AVAsset: NSObject, @unchecked Sendable {
    public func loadTracks(withMediaType media: AVMediaType) async throws -> [AVAssetTrack] { [] }
}

public class AVURLAsset: AVAsset, @unchecked Sendable {
    public init(url: URL) {}
}

public class AVAssetTrack: NSObject, @unchecked Sendable {
    public func load<Value>(_ property: AVAsyncProperty<AVAssetTrack, Value>) async throws -> Value {
        throw CocoaError(.featureUnsupported)
    }
}

public class AVPartialAsyncProperty<Root>: @unchecked Sendable {}
public class AVAsyncProperty<Root, Value>: AVPartialAsyncProperty<Root>, @unchecked Sendable {}

extension AVPartialAsyncProperty where Root == AVAssetTrack {
    public static var preferredTransform: AVAsyncProperty<AVAssetTrack, CGAffineTransform> { AVAsyncProperty() }
}

@MainActor public class AVPlayer: NSObject {
    public override nonisolated init() {}
    public var isMuted = false
    public func play() {}
    public func pause() {}
    public var currentItem: AVPlayerItem? { nil }
    public func addPeriodicTimeObserver(
        forInterval interval: CMTime, queue: DispatchQueue?, using block: @escaping @Sendable (CMTime) -> Void
    ) -> Any { 0 }
    public func removeTimeObserver(_ observer: Any) {}
}

public class AVQueuePlayer: AVPlayer {}

@MainActor public class AVPlayerItem: NSObject {
    public init(asset: AVAsset) {}
    public func add(_ output: AVPlayerItemOutput) {}
    public func remove(_ output: AVPlayerItemOutput) {}
}

public class AVPlayerLooper: NSObject {
    public init(player: AVQueuePlayer, templateItem: AVPlayerItem) {}
}

public class AVPlayerItemOutput: NSObject {}

public class AVPlayerItemVideoOutput: AVPlayerItemOutput {
    public init(pixelBufferAttributes: [String: any Sendable]?) {}
    public func hasNewPixelBuffer(forItemTime time: CMTime) -> Bool { false }
    public func copyPixelBuffer(forItemTime time: CMTime, itemTimeForDisplay: UnsafeMutablePointer<CMTime>?) -> CVPixelBuffer? { nil }
}

public class AVPlayerLayer: CALayer {
    public var player: AVPlayer?
    public var videoGravity = AVLayerVideoGravity()
}
