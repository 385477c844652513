// What a caller may choose, for photos and for live video. Ranges are checked where an analyzer or a session is made.

import Foundation

/// Choices for a ``MoueAnalyzer``, and for how a ``MoueSession`` finds and reads faces.
public struct MoueOptions: Sendable, Hashable {
    /// The smallest face to report, as a share of the frame's short side, 0.02 to 1. Below 0.08 a picture of four times as many pixels is
    /// searched, which takes as much longer.
    public var smallestFace: Float = 0.1
    /// The most faces to report, 1 to 256; the largest are kept.
    public var mostFaces = 32
    /// Which expressions compete.
    public var expressions = ExpressionSet.seven
    /// Which head of the network speaks.
    public var head = Head.consensus
    /// From where on a face isn't read with certainty.
    public var thresholds = Thresholds()
    /// Networks of your own in place of the embedded ones.
    public var models = Models()

    /// The usual choices.
    public init() {}
}

/// Networks of your own, each the bytes of an ONNX file in Moue's model format; `nil` for the embedded one.
public struct Models: Sendable, Hashable {
    /// Finds faces.
    public var detector: Data?
    /// Looks at each face closely.
    public var refiner: Data?
    /// Reads the expression.
    public var expression: Data?

    /// The embedded networks.
    public init() {}
}

/// From where on a face isn't read with certainty.
public struct Thresholds: Sendable, Hashable {
    /// Least ``FaceQuality/side``, in pixels of the working picture: half of what the classifier looks at.
    public var leastSide: Float = 24
    /// Mean luma below which a crop of too little contrast is too dark, 0 to 1.
    public var leastBrightness: Float = 0.15
    /// Mean luma above which a crop of too little contrast is too bright, 0 to 1.
    public var mostBrightness: Float = 0.85
    /// Contrast below which a dark or bright crop counts as unreadable, 0 to 0.5. A well-lit dark face keeps its contrast, an underexposed
    /// one doesn't: so it is the light that is judged, not the skin.
    public var leastContrast: Float = 0.05
    /// Least ``FaceQuality/sharpness``.
    public var leastSharpness: Float = 0.02
    /// Most degrees of yaw to either side.
    public var mostYaw: Float = 45
    /// Most degrees of pitch up or down.
    public var mostPitch: Float = 35
    /// Least probability of the best expression, 0 to 1; below it the reading is ``UnsureReason/ambiguous``.
    public var leastScore: Float = 0.5

    /// The usual thresholds.
    public init() {}
}

/// Choices for a ``MoueSession``.
public struct LiveOptions: Sendable, Hashable {
    /// How faces are found and read, as for photos.
    public var options = MoueOptions()
    /// The camera's horizontal field of view in degrees, 10 to 160, along its buffer's rows as they lie in memory before any turn: then each
    /// face has a distance. `AVCaptureDevice.Format.videoFieldOfView` has it. `nil`: not known.
    public var fieldOfView: Float?
    /// What the session may use.
    public var budget = Budget.unlimited
    /// The most faces to read in one frame, 1 to 256; where there are more they take turns, and each tells the age of its reading.
    public var mostReadings = 8
    /// How often the whole picture is searched for newcomers while faces are followed, 10 ms to 60 s. A lost face is searched for at once.
    public var searchInterval: TimeInterval = 0.5
    /// The quality of service of the session's thread.
    public var qualityOfService = QualityOfService.userInitiated

    /// The usual choices.
    public init() {}
}

/// What a session may use.
public enum Budget: Sendable, Hashable {
    /// Every frame that it can.
    case unlimited
    /// At most this many results a second, 0.1 to 1000. The frames between count as dropped.
    case results(perSecond: Float)
    /// At most this share of one core, 0.001 to 1, by the time that frames have taken so far.
    case load(shareOfCore: Float)
}

/// How warm the device is, in the steps of `ProcessInfo.ThermalState`.
public enum ThermalLevel: Sendable, Hashable, CaseIterable {
    /// All is well: the budget holds as it is.
    case nominal
    /// Slightly warm: three quarters of it.
    case fair
    /// Hot: half of it.
    case serious
    /// About to be shut down: a quarter.
    case critical
}
