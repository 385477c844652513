// The door for live video: frames in on the camera's thread, results out as a flow. Overloads for Android's own pictures are in the Android part.
package dev.moue

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import java.nio.ByteBuffer
import dev.moue.ffi.LiveSession as NativeSession

/**
 * Follows the faces of a video and reads their expressions.
 *
 * Frames go in by [submit], from the camera's thread, and results come out of [results]. The analysis has a thread of its own, so neither waits
 * for it: a frame that comes while another still waits replaces it, and counts as dropped.
 *
 * All methods may be called from any thread at any time. A session holds some megabytes outside of the Java heap and a thread: [close] it
 * when the camera stops, for instance in `onStop` or with `use`. One that is forgotten is ended when it is collected.
 *
 * After an internal error (a fault of Moue's own) the session is closed: [results] fails with it, and [submit] says [Submitted.CLOSED].
 */
public class MoueSession private constructor(private val loop: AnalysisLoop) : AutoCloseable {
    private val abandoned = Abandoned.watch(this, loop::end)

    /**
     * The newest result, if there is one, and those that follow. It ends when the session is closed, and fails with a [MoueException] after an
     * internal error.
     *
     * Conflated: a collector that is slower than the camera sees the newest result next, never an old one. Each collector is served by itself.
     * While it is collected, the session isn't forgotten.
     */
    public val results: Flow<FrameResult> = flow {
        emitAll(loop.results)
        // Named after the end, so that the session can be reached until then.
        abandoned.cancel()
    }

    /** Whether the session is closed: by [close], or by an internal error. */
    public val isClosed: Boolean get() = loop.isEnded || closing

    @Volatile private var closing = false

    /**
     * Copies a reduced picture out of the Y plane of a camera frame and returns, usually within a millisecond.
     *
     * [yBuffer] stays the caller's: it is read from its position to its limit, which aren't moved, and not after this has returned. Nobody may
     * write into it or free it meanwhile: close an `Image` or `ImageProxy` on the thread that submits it, after this has returned. A direct
     * buffer, as cameras give it, is read in place; one of the Java heap is copied first.
     *
     * @param width pixels of a row as it lies in memory, before any turn.
     * @param height number of rows.
     * @param rowStride bytes from one row to the next. The last row may end after its last pixel.
     * @param pixelStride bytes from one pixel to the next.
     * @param rotationDegrees by how much the frame must be turned clockwise to stand upright: 0, 90, 180 or 270. CameraX's
     *   `imageInfo.rotationDegrees`.
     * @param timestampNs the camera's own time of the frame, in nanoseconds, not negative. It must rise from frame to frame.
     * @param mirrored whether the buffer, once upright, shows the scene as a mirror does. Front cameras' buffers usually don't, only their
     *   previews.
     * @throws MoueException of kind [MoueException.Kind.BAD_INPUT] where the buffer doesn't fit the numbers or the time doesn't rise; the frame is
     *   passed over then, and the session goes on.
     */
    @JvmOverloads
    public fun submit(
        yBuffer: ByteBuffer,
        width: Int,
        height: Int,
        rowStride: Int,
        pixelStride: Int,
        rotationDegrees: Int,
        timestampNs: Long,
        mirrored: Boolean = false,
    ): Submitted = submit(
        yBuffer,
        FrameLayout(
            width = width,
            height = height,
            rowStride = rowStride,
            pixelStride = pixelStride,
            rotationDegrees = rotationDegrees,
            mirrored = mirrored,
        ),
        timestampNs,
    )

    /** The same for pixels of any layout, with a crop if need be. */
    public fun submit(pixels: ByteBuffer, layout: FrameLayout, timestampNs: Long): Submitted {
        if (isClosed) return Submitted.CLOSED
        return loop.whileItLives { loop.submit(pixels, layout, timestampNs) } ?: Submitted.CLOSED
    }

    /** Drops the waiting frame and those that come until [resume]: for a screen that is covered. An analysis that runs is finished. */
    public fun pause() {
        loop.whileItLives { loop.native.pause() }
    }

    /** Ends a pause. Faces that were followed before are still known if it was shorter than half a second. */
    public fun resume() {
        loop.whileItLives { loop.native.resume() }
    }

    /**
     * From the next frame on, reads this person's relaxed face for a second and then gives readings relative to it, until the person has been out
     * of sight for half a second. A [track] that isn't there is passed over. In memory only.
     */
    public fun calibrate(track: Long) {
        loop.whileItLives { loop.native.calibrate(track.toULong()) }
    }

    /** From the next frame on, gives this person's readings as those of any face again. */
    public fun forgetBaseline(track: Long) {
        loop.whileItLives { loop.native.forgetBaseline(track.toULong()) }
    }

    /**
     * Keeps another budget from the next frame on.
     *
     * @throws MoueException of kind [MoueException.Kind.BAD_INPUT] for one outside its range.
     */
    public fun setBudget(budget: Budget) {
        loop.whileItLives { loop.native.setBudget(budget.toNative()) }
    }

    /** Tells how warm the device is: from the next frame on the session does less when it is hot. */
    public fun setThermal(thermal: Thermal) {
        loop.whileItLives { loop.native.setThermal(thermal.toNative()) }
    }

    /**
     * Ends the session and returns at once. No analysis begins any more; one that runs is finished, and then everything is freed and [results]
     * ends. May be called again, and from any thread.
     */
    override fun close() {
        closing = true
        abandoned.cancel()
        loop.end()
    }

    /** Runs [action] when the session has ended, or now if it has. [action] must not hold the session. */
    internal fun whenEnded(action: () -> Unit) {
        loop.whenEnded(action)
    }

    /** Where sessions come from. */
    public companion object {
        /**
         * Loads the networks on a background thread, some milliseconds, and starts the analysis thread. Where the coroutine is cancelled
         * meanwhile, the session is closed.
         *
         * @throws MoueException for an option outside its range, a model that can't be used, or a device without native code.
         */
        public suspend fun open(options: LiveOptions = LiveOptions()): MoueSession = openInBackground { openBlocking(options) }

        /** [open] on the thread that calls it; not on the main thread. */
        @JvmStatic
        @JvmOverloads
        public fun openBlocking(options: LiveOptions = LiveOptions()): MoueSession {
            val loop = Native.call { AnalysisLoop(NativeSession(options.toNative())) }
            return MoueSession(loop).also { loop.start() }
        }
    }
}
