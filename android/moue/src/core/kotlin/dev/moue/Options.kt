// What a caller may choose. A choice left at null is the native library's own default, which stands beside it; ranges are checked there too,
// when an analyzer or a session is opened.
package dev.moue

/** From where on a face isn't read with certainty. */
public data class Thresholds(
    /** Least side of the face's crop, in pixels of the reduced picture that Moue works on. Default 24. */
    public val leastSide: Float? = null,
    /** Mean luma below which a crop of too little contrast is too dark, 0 to 1. Default 0.15. */
    public val leastBrightness: Float? = null,
    /** Mean luma above which a crop of too little contrast is too bright, 0 to 1. Default 0.85. */
    public val mostBrightness: Float? = null,
    /** Contrast below which a dark or bright crop counts as unreadable, 0 to 0.5. Default 0.05. */
    public val leastContrast: Float? = null,
    /** Least sharpness, 0 to 20. Default 0.02. */
    public val leastSharpness: Float? = null,
    /** Most degrees of yaw to either side, 0 to 180. Default 45. */
    public val mostYaw: Float? = null,
    /** Most degrees of pitch up or down, 0 to 180. Default 35. */
    public val mostPitch: Float? = null,
    /** Least probability of the best expression, 0 to 1; below it the reading is [Reason.AMBIGUOUS]. Default 0.5. */
    public val leastScore: Float? = null,
)

/** Networks of your own in the place of those inside the library, each as the bytes of an ONNX file in Moue's model format. */
public class Models(
    /** Finds faces in a picture. */
    public val detector: ByteArray? = null,
    /** Makes a face's points exact. */
    public val refiner: ByteArray? = null,
    /** Reads the expression of an aligned face. */
    public val expression: ByteArray? = null,
)

/** How faces are found and read. */
public data class Options(
    /**
     * The smallest face to report, as a share of the frame's short side, 0.02 to 1. Default 0.1. Below 0.08 four times as many pixels are
     * searched, which takes as much longer.
     */
    public val smallestFace: Float? = null,
    /** The most faces to report, 1 to 256; the largest are kept. Default 32. */
    public val mostFaces: Int? = null,
    /** Which expressions compete. Default: all seven. */
    public val expressions: ExpressionSet? = null,
    /** Which head of the network speaks. Default: the consensus of many people. */
    public val head: Head? = null,
    /** From where on a reading is unsure. */
    public val thresholds: Thresholds = Thresholds(),
    /** Networks of your own. */
    public val models: Models = Models(),
)

/** What a live session may use. */
public sealed interface Budget {
    /** Every frame that it can. */
    public data object Unlimited : Budget

    /** At most so many results a second. The frames between count as dropped. */
    public data class Results(
        /** 0.1 to 1000. */
        public val perSecond: Float,
    ) : Budget

    /** At most a share of one core, by the time that frames have taken so far. */
    public data class Load(
        /** 0.001 to 1. */
        public val share: Float,
    ) : Budget
}

/** How warm the device is. Android's own steps are told by `watchThermalStatus`. */
public enum class Thermal {
    /** All is well: the budget holds as it is. */
    NOMINAL,

    /** Slightly warm: three quarters of it. */
    FAIR,

    /** Hot: half of it. */
    SERIOUS,

    /** About to be shut down: a quarter. */
    CRITICAL,
}

/** Choices for a live session. */
public data class LiveOptions(
    /** How faces are found and read, as for photos. */
    public val options: Options = Options(),
    /**
     * The camera's horizontal field of view in degrees, 10 to 160, along its buffer's rows as they lie in memory: then each face has a
     * distance. Left out: not known.
     */
    public val fieldOfView: Float? = null,
    /** What the session may use. Default: all that it can. */
    public val budget: Budget? = null,
    /** The most faces to read in one frame, 1 to 256; where there are more they take turns. Default 8. */
    public val mostReadings: Int? = null,
    /** Milliseconds between two searches of the whole picture for newcomers, 10 to 60,000. Default 500. */
    public val searchIntervalMs: Int? = null,
)
