// The door for photos. Live video has its own, MoueSession.
package dev.moue

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.nio.ByteBuffer
import dev.moue.ffi.Analyzer as NativeAnalyzer

/**
 * Finds and reads the faces of photos. Calls from several threads wait for each other; an analyzer for each thread works side by side.
 *
 * It holds some megabytes outside of the Java heap: close it when it isn't needed any more. One that is forgotten is freed when it is collected.
 */
public class MoueAnalyzer private constructor(private val native: NativeAnalyzer) : AutoCloseable {
    /**
     * Finds and reads the faces of a picture, the largest first, on a background thread. No face is an empty list, not an error.
     *
     * [pixels] are read from their position to their limit, which aren't moved, and not after this has returned. A direct buffer is read in place.
     *
     * @throws MoueException where the buffer doesn't fit the layout, or the analyzer is closed.
     */
    public suspend fun analyze(pixels: ByteBuffer, layout: FrameLayout): List<Face> =
        withContext(Dispatchers.Default) { analyzeBlocking(pixels, layout) }

    /** [analyze] on the thread that calls it: for threads made for such work. */
    public fun analyzeBlocking(pixels: ByteBuffer, layout: FrameLayout): List<Face> = Native.call {
        try {
            // JNA reads from a buffer's first byte on, wherever its position is.
            native.analyze(Native.direct(pixels).slice(), layout.toNative()).map { it.toPublic() }
        } catch (error: IllegalStateException) {
            // What the generated code says of an object that was freed.
            throw MoueException(MoueException.Kind.CLOSED, "the analyzer is closed; open a new one", error)
        }
    }

    /** Frees what the analyzer holds, once a call that runs has returned. May be called again, and from any thread. */
    override fun close() {
        native.close()
    }

    /** Where analyzers come from. */
    public companion object {
        /**
         * Loads the networks on a background thread: some milliseconds, more for the first one in a process. Where the coroutine is cancelled
         * meanwhile, the analyzer is closed.
         *
         * @throws MoueException for an option outside its range, a model that can't be used, or a device without native code.
         */
        public suspend fun open(options: Options = Options()): MoueAnalyzer = openInBackground { openBlocking(options) }

        /** [open] on the thread that calls it; not on the main thread. */
        @JvmStatic
        @JvmOverloads
        public fun openBlocking(options: Options = Options()): MoueAnalyzer = Native.call { MoueAnalyzer(NativeAnalyzer(options.toNative())) }
    }
}
