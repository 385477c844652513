// Where frames come from: the camera, or a clip where there is no camera. The live screen knows only this.

import AVFoundation
import Moue

/// What a source tells while it runs.
enum SourceEvent: Sendable, Equatable {
    /// Frames come.
    case running
    /// Frames stop for a while; they come back by themselves.
    case interrupted(Interruption)
    /// Frames have stopped for good.
    case failed(String)

    /// Why the system took the camera away.
    enum Interruption: Sendable, Equatable {
        /// Another app has it.
        case otherApp
        /// Several apps share the screen.
        case splitScreen
        /// The device is too hot.
        case heat
        /// The app is in the background, or the system doesn't say.
        case background
    }
}

/// Hands frames to a session until it is stopped.
protocol FrameSource: Sendable {
    /// Starts, and tells what happens until it is stopped.
    ///
    /// - Parameter session: Who gets the frames.
    func start(into session: MoueSession) -> AsyncStream<SourceEvent>

    /// Stops; the stream ends.
    func stop()
}
