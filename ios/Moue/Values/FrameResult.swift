// What a session says of one frame. Times are seconds, except the frame's own.

import Foundation

/// What is said of one frame.
public struct FrameResult: Sendable, Equatable {
    /// The camera's own time of the frame, in nanoseconds.
    public var timestamp: Int64
    /// Size of the whole frame once upright, in pixels: the space of all coordinates here.
    public var frameSize: CGSize
    /// The faces, the one known longest first.
    public var faces: [LiveFace]
    /// How long the stages took.
    public var times: StageTimes
    /// What was done, and what it costs.
    public var activity: Activity

    /// A result as it is, for previews and tests.
    public init(
        timestamp: Int64, frameSize: CGSize, faces: [LiveFace], times: StageTimes = StageTimes(), activity: Activity = Activity()
    ) {
        self.timestamp = timestamp
        self.frameSize = frameSize
        self.faces = faces
        self.times = times
        self.activity = activity
    }
}

/// A face that is followed through the video.
public struct LiveFace: Sendable, Equatable, Identifiable {
    /// Which face: the same in every frame that shows it, and never used for another in its session.
    public struct ID: Sendable, Hashable {
        /// The number, from the native code.
        public let rawValue: UInt64

        /// The identity of this number, for previews and tests.
        public init(rawValue: UInt64) {
            self.rawValue = rawValue
        }
    }

    /// Which face.
    public var id: ID
    /// The face. Its box, points and reading are steadied; what was measured on it is from the frame in which it was last read.
    public var face: Face
    /// Seconds since the frame in which the expression was read: 0 for this one.
    public var readingAge: TimeInterval
    /// Seconds since the frame that showed the face: 0 for this one. A face that one frame misses stays for a tenth of a second.
    public var unseen: TimeInterval
    /// Whether the reading is relative to the person's relaxed face.
    public var calibration: Calibration
    /// How far away the face is, where the camera's field of view is known and the eyes can be seen.
    public var distance: FaceDistance?

    /// A face as it is, for previews and tests.
    public init(
        id: ID, face: Face, readingAge: TimeInterval = 0, unseen: TimeInterval = 0, calibration: Calibration = .none,
        distance: FaceDistance? = nil
    ) {
        self.id = id
        self.face = face
        self.readingAge = readingAge
        self.unseen = unseen
        self.calibration = calibration
        self.distance = distance
    }
}

/// How far a face's calibration has come.
public enum Calibration: Sendable, Hashable, CaseIterable {
    /// Not asked for: readings are those of any face.
    case none
    /// The relaxed face is being read; readings are still those of any face.
    case running
    /// Readings are relative to the person's relaxed face.
    case done
}

/// An estimated distance from the camera to the middle between the eyes. It holds for an adult; a child's face is nearer than it seems.
public struct FaceDistance: Sendable, Hashable {
    /// Metres.
    public var meters: Float
    /// One standard deviation, in metres.
    public var deviation: Float

    /// A distance as it is, for previews and tests.
    public init(meters: Float, deviation: Float) {
        self.meters = meters
        self.deviation = deviation
    }
}

/// How long the stages of one frame took, in seconds.
public struct StageTimes: Sendable, Hashable {
    /// Turning the reduced picture upright.
    public var turn: TimeInterval = 0
    /// Searching the whole picture for faces.
    public var search: TimeInterval = 0
    /// Following faces from their last points.
    public var follow: TimeInterval = 0
    /// Cutting, measuring and reading faces.
    public var read: TimeInterval = 0
    /// All of them together.
    public var total: TimeInterval = 0

    /// No time at all.
    public init() {}
}

/// How many frames there have been, this one included, and what the session did and has used lately.
public struct Activity: Sendable, Hashable {
    /// Frames that were analysed.
    public var analyzed: UInt64 = 0
    /// Frames that weren't: replaced by a newer one, passed over to keep the budget, or submitted during a pause.
    public var dropped: UInt64 = 0
    /// Whether the whole picture was searched for faces.
    public var searched = false
    /// Faces seen.
    public var seen = 0
    /// Faces read.
    public var read = 0
    /// Results a second, over the last second or so; 0 for the first frame.
    public var rate: Float = 0
    /// Share of one core used by the analysis, over the last second or so; 0 for the first frame.
    public var load: Float = 0
    /// Seconds that the budget leaves between two results now; 0 for as many as can be.
    public var interval: TimeInterval = 0

    /// Nothing done.
    public init() {}
}
