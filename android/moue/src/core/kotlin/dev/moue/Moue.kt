// The shortest way to the faces of one photo, and what the library says of itself. Bitmaps are the Android part's.
package dev.moue

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.nio.ByteBuffer

/** Moue with its usual choices: one analyzer, opened by the first call and kept for the life of the process. */
public object Moue {
    private val analyzer by lazy { MoueAnalyzer.openBlocking() }

    /** The version of this library, as in `0.1.0`. */
    public const val VERSION: String = dev.moue.VERSION

    /**
     * Loads the native library and the networks on a background thread, so that the first photo needn't wait for it.
     *
     * @throws MoueException on a device without native code.
     */
    public suspend fun prepare() {
        withContext(Dispatchers.Default) { analyzer }
    }

    /**
     * Finds and reads the faces of a picture, as [MoueAnalyzer.analyze] does; on a background thread.
     *
     * @throws MoueException where the buffer doesn't fit the layout, or on a device without native code.
     */
    public suspend fun analyze(pixels: ByteBuffer, layout: FrameLayout): List<Face> =
        withContext(Dispatchers.Default) { analyzeBlocking(pixels, layout) }

    /** [analyze] on the thread that calls it; not on the main thread. */
    @JvmStatic
    public fun analyzeBlocking(pixels: ByteBuffer, layout: FrameLayout): List<Face> = analyzer.analyzeBlocking(pixels, layout)

    /** The name of the kernels with which networks run on this CPU, after their instruction set. All give the same results. */
    @JvmStatic
    public fun kernels(): String = Native.call { dev.moue.ffi.kernels() }
}
