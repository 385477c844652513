// What a session says of one frame of live video.
package dev.moue

/** How far a face's calibration has come; see [MoueSession.calibrate]. */
public enum class Calibration {
    /** Not asked for: readings are those of any face. */
    NONE,

    /** The relaxed face is being read; readings are still those of any face. */
    RUNNING,

    /** Readings are relative to the person's relaxed face. */
    DONE,
}

/** An estimated distance from the camera to the middle between the eyes, for an adult. */
public data class Distance(
    /** Metres. */
    public val meters: Float,
    /** One standard deviation, in metres. */
    public val deviation: Float,
)

/** A face that is followed through the video. */
public data class LiveFace(
    /** Which face: the same in every frame that shows it, and never used for another. */
    public val track: Long,
    /** The face. Its box, points and reading are steadied; what was measured on it is from the frame in which it was last read. */
    public val face: Face,
    /** Nanoseconds since the frame in which the expression was read: 0 for this one. */
    public val readingAgeNs: Long,
    /** Nanoseconds since the frame that showed the face: 0 for this one. */
    public val unseenNs: Long,
    /** Whether the reading is relative to the person's relaxed face. */
    public val calibration: Calibration,
    /** How far away the face is, where [LiveOptions.fieldOfView] is given and the eyes can be seen. */
    public val distance: Distance?,
)

/** How long the stages of one frame took, in nanoseconds. */
public data class StageTimes(
    /** Turning the reduced picture upright. */
    public val turnNs: Long,
    /** Searching the whole picture for faces. */
    public val searchNs: Long,
    /** Following faces from their last points. */
    public val followNs: Long,
    /** Cutting, measuring and reading faces. */
    public val readNs: Long,
    /** All of them together. */
    public val totalNs: Long,
)

/** What the session did for a frame and has used lately. */
public data class Activity(
    /** Frames that were analysed, this one included. */
    public val analyzed: Long,
    /** Frames that weren't: replaced by a newer one, passed over to keep the budget, or submitted during a pause. */
    public val dropped: Long,
    /** Whether the whole picture was searched for faces. */
    public val searched: Boolean,
    /** Faces seen. */
    public val seen: Int,
    /** Faces read. */
    public val read: Int,
    /** Results a second, over the last second or so; 0 for the first frame. */
    public val rate: Float,
    /** Share of one core used by the analysis, over the last second or so; 0 for the first frame. */
    public val load: Float,
    /** Nanoseconds that the budget leaves between two results now; 0 for as many as can be. */
    public val intervalNs: Long,
)

/** What is said of one frame. */
public data class FrameResult(
    /** The camera's own time of the frame, in nanoseconds. */
    public val timestampNs: Long,
    /** Size of the whole frame once upright: the space of all coordinates here. */
    public val frameSize: Size,
    /** The faces, the one known longest first. */
    public val faces: List<LiveFace>,
    /** How long the stages took. */
    public val times: StageTimes,
    /** What was done, and what it costs. */
    public val activity: Activity,
)

/** What became of a submitted frame. */
public enum class Submitted {
    /** It waits to be analysed. */
    WAITING,

    /** It waits in the place of an older one, which is dropped. */
    REPLACED,

    /** The session is paused; the frame is dropped. */
    PAUSED,

    /** The session is closed; nothing is done any more. */
    CLOSED,
}
