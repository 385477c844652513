// The fast path for frames (JNI) against the generated one (JNA): the same frames make the same results and the same refusals.
package dev.moue

import dev.moue.ffi.LiveSession
import dev.moue.ffi.NativeException
import dev.moue.ffi.NativeSubmit
import dev.moue.ffi.Next
import dev.moue.ffi.defaultLiveOptions
import org.junit.Assert.assertEquals
import org.junit.Test
import java.nio.ByteBuffer

class FastPathTest {
    private val picture = GreyPicture.read("astronaut.pgm")

    private val layouts = listOf(
        picture.layout,
        picture.layout.copy(rowStride = 128, pixelStride = 1, mirrored = true),
        picture.layout.copy(width = 64, height = 128, rowStride = 128, pixelStride = 2),
        picture.layout.copy(rotationDegrees = 180),
        picture.layout.copy(crop = Crop(4, 6, 120, 118), lumaRange = LumaRange.VIDEO),
        picture.layout.copy(width = 32, format = PixelFormat.RGBA),
        picture.layout.copy(width = 64, format = PixelFormat.P010),
    )

    private fun facesOf(submit: (LiveSession, ByteBuffer, FrameLayout, Long) -> Unit): List<Any> {
        Native.call { dev.moue.ffi.version() }
        return LiveSession(defaultLiveOptions()).use { session ->
            layouts.mapIndexed { index, layout ->
                // Far enough apart in time that no frame helps another.
                submit(session, picture.direct(), layout, (index + 1) * 10_000_000_000)
                (session.next(60_000u) as Next.Result).frame.let { listOf(it.frameSize, it.faces, it.timestampNs) }
            }
        }
    }

    @Test
    fun `both paths give the same results to the last bit`() {
        val generated = facesOf { session, pixels, layout, time -> session.submit(pixels, layout.toNative(), time) }
        val fast = facesOf { session, pixels, layout, time -> AnalysisLoop(session).submit(pixels, layout, time) }
        assertEquals(generated, fast)
    }

    private fun refusal(work: () -> Unit): String = try {
        work()
        "none"
    } catch (error: NativeException) {
        "${error::class.simpleName} ${error.message}"
    }

    @Test
    fun `both paths refuse in the same words`() {
        Native.call { dev.moue.ffi.version() }
        LiveSession(defaultLiveOptions()).use { session ->
            val loop = AnalysisLoop(session)
            val wrong = listOf(
                picture.layout.copy(height = 129),
                picture.layout.copy(rotationDegrees = 1),
                picture.layout.copy(rowStride = 3),
                picture.layout.copy(crop = Crop(1, 1, 128, 128)),
                picture.layout.copy(width = 0),
                picture.layout.copy(width = 32, format = PixelFormat.RGBA, lumaRange = LumaRange.VIDEO),
            )
            for (layout in wrong) {
                val generated = refusal { session.submit(picture.direct(), layout.toNative(), 1) }
                assertEquals(generated, refusal { loop.submit(picture.direct(), layout, 1) })
            }
            assertEquals(refusal { session.submit(picture.direct(), picture.layout.toNative(), -7) }, refusal { loop.submit(picture.direct(), picture.layout, -7) })
        }
    }

    @Test
    fun `a session that is gone, or never was, is told as closed`() {
        val gone = LiveSession(defaultLiveOptions()).use { it.submitHandle() }
        for (handle in listOf(gone, 0L, -1L, Long.MAX_VALUE)) {
            val said = refusal { NativeSubmit.submit(handle, picture.direct(), dev.moue.ffi.PixelFormat.LUMA, 128, 128, timestampNs = 1) }
            assertEquals(said, "Closed", said.substringBefore(' '))
        }
    }
}
