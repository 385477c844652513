// The two ways of a frame to a session, in a form that a benchmark in Java can call.
package dev.moue.benchmark

import dev.moue.ffi.FrameLayout
import dev.moue.ffi.LiveSession
import dev.moue.ffi.NativeSubmit
import dev.moue.ffi.PixelFormat
import dev.moue.ffi.defaultLiveOptions
import java.nio.ByteBuffer

/** A session whose frames are submitted and never looked at: what is measured is the way in. */
class Paths(private val width: Int, private val height: Int) : AutoCloseable {
    private val session: LiveSession
    private val handle: Long
    private val plane = ByteBuffer.allocateDirect(width * height)
    private var time = 0L

    init {
        System.loadLibrary("moue_ffi")
        session = LiveSession(defaultLiveOptions())
        handle = session.submitHandle()
    }

    /** Through JNI. */
    fun fast() = NativeSubmit.submit(handle, plane, PixelFormat.LUMA, width, height, width, 1, timestampNs = ++time)

    /** Through JNA, as UniFFI generates it. */
    fun generated() = session.submit(
        plane,
        FrameLayout(PixelFormat.LUMA, width.toUInt(), height.toUInt(), rowStride = width.toUInt(), pixelStride = 1u),
        ++time,
    )

    override fun close() = session.close()
}
