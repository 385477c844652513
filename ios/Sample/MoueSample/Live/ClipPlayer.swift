// A clip in the camera's place: a simulator has no camera. Each decoded frame goes into the session as a camera's would, at its own time.

import AVFoundation
import Moue

/// Plays a video over and over, on the screen and into a session.
@MainActor
final class ClipPlayer: NSObject, FrameSource {
    /// What the screen shows.
    let player: AVQueuePlayer
    private let looper: AVPlayerLooper
    private let output = AVPlayerItemVideoOutput(pixelBufferAttributes: [
        kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_420YpCbCr8BiPlanarFullRange
    ])
    private let orientation: CGImagePropertyOrientation
    private weak var watched: AVPlayerItem?
    private var ticks: Any?
    private var session: MoueSession?
    private var events: AsyncStream<SourceEvent>.Continuation?

    /// The clip `Clip.mov` of the app's bundle; `nil` where there is none.
    static func bundled() async -> ClipPlayer? {
        guard let url = Bundle.main.url(forResource: "Clip", withExtension: "mov") else { return nil }
        return await ClipPlayer(url)
    }

    /// A clip at this place. Decoded frames lie as they were recorded: `orientation` tells how they must be turned.
    init?(_ url: URL) async {
        let asset = AVURLAsset(url: url)
        guard let track = try? await asset.loadTracks(withMediaType: .video).first,
            let transform = try? await track.load(.preferredTransform)
        else { return nil }
        orientation = CGImagePropertyOrientation(turning: transform)
        let item = AVPlayerItem(asset: asset)
        player = AVQueuePlayer()
        looper = AVPlayerLooper(player: player, templateItem: item)
        player.isMuted = true
        super.init()
    }

    nonisolated func start(into session: MoueSession) -> AsyncStream<SourceEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: SourceEvent.self)
        Task { @MainActor in run(into: session, telling: continuation) }
        return stream
    }

    nonisolated func stop() {
        Task { @MainActor in
            if let ticks { player.removeTimeObserver(ticks) }
            ticks = nil
            player.pause()
            events?.finish()
            session = nil
        }
    }

    /// Holds the picture, or lets it go on.
    func hold(_ held: Bool) {
        if held { player.pause() } else { player.play() }
    }

    private func run(into session: MoueSession, telling events: AsyncStream<SourceEvent>.Continuation) {
        self.session = session
        self.events = events
        // Twice as often as most clips have frames, so that none is missed.
        let interval = CMTime(value: 1, timescale: 60)
        ticks = player.addPeriodicTimeObserver(forInterval: interval, queue: .main) { [weak self] time in
            MainActor.assumeIsolated { self?.look(at: time) }
        }
        player.play()
        events.yield(.running)
    }

    private func look(at time: CMTime) {
        // The looper goes from item to item; the output follows, and belongs to one at a time.
        if let item = player.currentItem, item !== watched {
            watched?.remove(output)
            item.add(output)
            watched = item
        }
        guard output.hasNewPixelBuffer(forItemTime: time),
            let pixelBuffer = output.copyPixelBuffer(forItemTime: time, itemTimeForDisplay: nil)
        else { return }
        do {
            // By the host's clock, not the clip's: that one starts again with each round.
            try session?.submit(pixelBuffer, orientation: orientation)
        } catch {
            events?.yield(.failed(error.localizedDescription))
        }
    }
}

extension CGImagePropertyOrientation {
    /// How a track's frames lie in their buffers, by the turn that its player applies.
    init(turning transform: CGAffineTransform) {
        self =
            switch (transform.a, transform.b) {
            case (0, 1): .right
            case (-1, 0): .down
            case (0, -1): .left
            default: .up
            }
    }
}
