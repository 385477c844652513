// The door for live video. The loop on its thread is in `SessionLoop`; `Apple/PixelBuffer.swift` takes a camera's own buffers.

import Foundation
internal import MoueFFI

/// Follows the faces of a video.
///
/// ```swift
/// let session = try MoueSession()
/// Task {
///     for await frame in session.results {
///         show(frame)
///     }
/// }
/// // On the camera's queue, for each frame:
/// try session.submit(pixelBuffer, orientation: .right)
/// ```
///
/// Everything here may be called from any thread. `submit` makes a reduced copy of the frame's luma, puts it in the one place where a frame waits
/// and returns; a frame that still waits there is replaced. The analysis runs on a thread of the session's own, which is there only while
/// somebody listens to ``results``.
///
/// A session ends when it is closed, and when nobody holds it any more: keep it as long as you listen. The thread doesn't hold it, nor does
/// a stream of results.
public final class MoueSession: Sendable {
    private let session: MoueFFI.LiveSession
    private let loop: SessionLoop

    /// For tests that see its thread come and go.
    var loopForTests: SessionLoop { loop }

    /// Loads the networks, which takes some milliseconds: not on the main thread, where it matters.
    ///
    /// - Throws: ``MoueError`` of kind ``MoueError/Kind/badInput`` for an option outside its range, ``MoueError/Kind/badModel`` for a model that
    ///   can't be used.
    public init(options: LiveOptions = LiveOptions()) throws {
        session = try native { try MoueFFI.LiveSession(options: MoueFFI.LiveOptions(options)) }
        loop = SessionLoop(session, qualityOfService: options.qualityOfService)
    }

    deinit {
        loop.close()
    }

    /// A stream of results. A listener that is slower than the camera gets the newest result each time; those between are left out.
    ///
    /// Each call makes a stream of its own, and each stream gets every result. It ends when the session ends; ``failure`` then tells whether
    /// something went wrong. While nobody listens no frame is analysed, and the session's thread ends.
    public var results: AsyncStream<FrameResult> {
        loop.listen()
    }

    /// Why the session has closed by itself: a network that failed, or a fault of Moue's own. `nil` while it is open, and after ``close()``.
    public var failure: MoueError? {
        loop.failure
    }

    /// Whether the session has ended.
    public var isClosed: Bool {
        loop.isClosed
    }

    /// Makes a reduced copy of the frame's luma and returns; the bytes aren't needed any more then.
    ///
    /// - Parameters:
    ///   - pixels: The frame's bytes, or its luma plane's. They are read where they lie.
    ///   - layout: How they lie.
    ///   - timestamp: The camera's own time in nanoseconds, from any origin; it must rise from frame to frame.
    /// - Throws: ``MoueError`` of kind ``MoueError/Kind/badInput`` where the bytes don't fit the layout or the timestamp doesn't rise. The frame
    ///   is passed over then, and one that waits goes on waiting.
    @discardableResult
    public func submit(_ pixels: UnsafeRawBufferPointer, _ layout: FrameLayout, timestamp: Int64) throws -> Submitted {
        try native {
            try withBorrowedData(pixels) {
                Submitted(try session.submit(pixels: $0, layout: MoueFFI.FrameLayout(layout), timestampNs: timestamp))
            }
        }
    }

    /// Makes a reduced copy of the frame's luma and returns: the same as with borrowed bytes, for bytes that lie in `Data`.
    @discardableResult
    public func submit(_ pixels: Data, _ layout: FrameLayout, timestamp: Int64) throws -> Submitted {
        try native { Submitted(try session.submit(pixels: pixels, layout: MoueFFI.FrameLayout(layout), timestampNs: timestamp)) }
    }

    /// Drops the waiting frame and those that come until ``resume()``. An analysis that runs is finished.
    public func pause() throws {
        try native { try session.pause() }
    }

    /// Ends a pause. Faces that were followed before are still known if it was shorter than half a second.
    public func resume() throws {
        try native { try session.resume() }
    }

    /// Ends the session and every stream of results. Frames that are submitted from now on are ``Submitted/closed``. May be called again, from
    /// anywhere.
    public func close() {
        loop.close()
    }

    /// From the next frame on, reads this person's relaxed face for a second and then gives readings relative to it, until the person has been
    /// out of sight for half a second. A person who isn't there is passed over. In memory only.
    public func calibrate(_ face: LiveFace.ID) throws {
        try native { try session.calibrate(track: face.rawValue) }
    }

    /// From the next frame on, gives this person's readings as those of any face again.
    public func forgetBaseline(_ face: LiveFace.ID) throws {
        try native { try session.forgetBaseline(track: face.rawValue) }
    }

    /// Keeps another budget from the next frame on.
    ///
    /// - Throws: ``MoueError`` of kind ``MoueError/Kind/badInput`` for a budget outside its range.
    public func setBudget(_ budget: Budget) throws {
        try native { try session.setBudget(budget: MoueFFI.Budget(budget)) }
    }

    /// Tells how warm the device is: from the next frame on the session does less when it is hot.
    public func setThermal(_ level: ThermalLevel) throws {
        try native { try session.setThermal(thermal: MoueFFI.Thermal(level)) }
    }
}

/// What became of a submitted frame.
public enum Submitted: Sendable, Hashable, CaseIterable {
    /// It waits to be analysed.
    case waiting
    /// It waits in the place of an older one, which is dropped.
    case replaced
    /// The session is paused; the frame is dropped.
    case paused
    /// The session is closed; nothing is done any more.
    case closed
}
