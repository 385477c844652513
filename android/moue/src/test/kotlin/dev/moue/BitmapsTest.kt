// Bitmaps in the place of planes.
package dev.moue

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Matrix
import android.graphics.Paint
import android.graphics.PorterDuff
import android.os.Build
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.util.ReflectionHelpers
import java.lang.management.BufferPoolMXBean
import java.lang.management.ManagementFactory
import kotlin.math.abs

private const val PATIENCE_MS = 60_000L

@RunWith(RobolectricTestRunner::class)
class BitmapsTest {
    private val astronaut: Bitmap = TestFiles.read("astronaut.jpg").let { BitmapFactory.decodeByteArray(it, 0, it.size) }

    private fun assumeRealBitmaps() {
        assumeTrue("Robolectric's bitmaps are Android's own from API 26 on", Build.VERSION.SDK_INT >= Build.VERSION_CODES.O)
    }

    private fun faceOf(bitmap: Bitmap, rotationDegrees: Int = 0, mirrored: Boolean = false) = runBlocking { Moue.analyze(bitmap, rotationDegrees, mirrored) }.single()

    @Test
    fun `the astronaut's face is where it was marked by hand`() {
        val face = faceOf(astronaut)
        assertEquals(Verdict.Certain(Expression.HAPPY), face.reading.verdict)
        // tests/photos/astronaut.jpg, marked by hand: eyes at 203, 101.5 and 246, 103.5.
        assertTrue("$face", abs(face.points.imageLeftEye.x - 203f) < 5 && abs(face.points.imageRightEye.y - 103.5f) < 5)
    }

    @Test
    fun `bitmaps of other kinds give the same face, and stay as they were`() {
        val expected = faceOf(astronaut)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.O) {
            val wide = astronaut.copy(Bitmap.Config.RGBA_F16, false)
            assertEquals(expected, faceOf(wide))
            assertFalse(wide.isRecycled || astronaut.isRecycled)
        }
        // Five or six bits a colour: nearly the same.
        val coarse = faceOf(astronaut.copy(Bitmap.Config.RGB_565, false))
        assertEquals(expected.points.nose.x, coarse.points.nose.x, 2f)
    }

    @Test
    fun `a turned bitmap is turned back`() {
        assumeRealBitmaps()
        val turned = Bitmap.createBitmap(astronaut, 0, 0, astronaut.width, astronaut.height, Matrix().apply { setRotate(-90f) }, true)
        assertEquals(faceOf(astronaut).points, faceOf(turned, rotationDegrees = 90).points)
    }

    @Test
    fun `what is transparent lies on white`() {
        val seeThrough = Bitmap.createBitmap(astronaut.width, astronaut.height, Bitmap.Config.ARGB_8888)
        // Black, but nothing of it can be seen.
        seeThrough.eraseColor(Color.TRANSPARENT)
        Canvas(seeThrough).drawBitmap(astronaut, 0f, 0f, null)
        Canvas(seeThrough).apply {
            clipRect(0, 0, 20, 512)
            drawColor(Color.TRANSPARENT, PorterDuff.Mode.CLEAR)
        }
        val onWhite = astronaut.copy(Bitmap.Config.ARGB_8888, true)
        Canvas(onWhite).drawRect(0f, 0f, 20f, 512f, Paint().apply { color = Color.WHITE })
        assertEquals(faceOf(onWhite), faceOf(seeThrough))
    }

    @Test
    fun `a recycled bitmap is refused with what to do`() {
        val gone = astronaut.copy(Bitmap.Config.ARGB_8888, false).apply { recycle() }
        val error = assertThrows(MoueException::class.java) { faceOf(gone) }
        assertEquals(MoueException.Kind.BAD_INPUT, error.kind)
        assertTrue(error.message, error.message.orEmpty().contains("recycled"))
    }

    /** Bytes of all direct buffers. */
    private fun directBytes() = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean::class.java).single { it.name == "direct" }.totalCapacity

    @Test
    fun `a bitmap over the limits is refused before memory is taken for it`() {
        assumeRealBitmaps()
        // One row that claims to be ten thousand: more pixels than allowed, 640 megabytes.
        val huge = Bitmap.createBitmap(16_000, 1, Bitmap.Config.ARGB_8888)
        ReflectionHelpers.setField(huge, "mHeight", 10_000)
        val before = directBytes()
        val error = assertThrows(MoueException::class.java) { faceOf(huge) }
        assertEquals(MoueException.Kind.BAD_INPUT, error.kind)
        assertEquals("the frame is 16000x10000, 160000000 pixels: at most 16384 a side and 134217728 pixels are allowed; shrink it first", error.message)
        assertTrue("${directBytes() - before} bytes", directBytes() - before < 1 shl 20)
    }

    @Test
    fun `a bitmap can be a session's frame`() = runBlocking {
        withTimeout(PATIENCE_MS) {
            MoueSession.open().use { session ->
                session.submit(astronaut, timestampNs = 1)
                assertEquals(faceOf(astronaut).points, session.results.first().faces.single().face.points)
            }
        }
    }
}
