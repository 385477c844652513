package dev.moue.sample

import android.media.Image
import java.nio.ByteBuffer

/** Where frames come from: a camera, or a clip that plays in its place. Made for one [start] and one [stop]. */
interface FrameSource {
    /** Starts; what happens is told to the listener from then on, until [stop]. */
    fun start()

    /** Stops and lets go of everything. Once it has returned no frame comes any more. May be called again. */
    fun stop()

    /** Hears of frames and faults. */
    interface Listener {
        /** The first frame is on its way; called on the main thread. */
        fun onStarted(facts: Facts)

        /** A camera's frame; called on the source's own thread, and only valid during the call. */
        fun onImage(image: Image, facts: Facts)

        /** A clip's frame as bytes of luma; called on the source's own thread. */
        fun onLuma(luma: Luma, facts: Facts)

        /** There are no more frames, and why; called on the main thread. */
        fun onFault(fault: CameraFault)
    }

    /**
     * How a source's frames lie.
     *
     * @property rotationDegrees how far a frame must be turned clockwise to be upright: 0, 90, 180 or 270.
     * @property mirroredView whether the preview shows it as a mirror does. The frames themselves are not mirrored.
     */
    data class Facts(val rotationDegrees: Int, val mirroredView: Boolean)

    /**
     * One plane of luma.
     *
     * @property bytes a direct buffer.
     * @property rowStride bytes from one row to the next.
     * @property timestampNanos when it was taken, from any origin; rises from frame to frame.
     */
    class Luma(val bytes: ByteBuffer, val width: Int, val height: Int, val rowStride: Int, val timestampNanos: Long)
}

/** Why a camera gives no frames. */
enum class CameraFault {
    /** There is none. */
    NONE_THERE,

    /** Another app uses it, or as many as can be are open. */
    IN_USE,

    /** It was taken away: by an app with a higher priority, or unplugged. */
    LOST,

    /** A policy or the privacy switch forbids it. */
    DISABLED,

    /** It or its service has failed. */
    FAILED,
}
