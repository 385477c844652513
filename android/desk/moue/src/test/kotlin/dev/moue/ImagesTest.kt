// Camera images of every layout in the place of planes. In the desk build only: an SDK doesn't let an Image be faked.
package dev.moue

import android.graphics.ImageFormat
import android.graphics.Rect
import android.media.Image
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import java.nio.ByteBuffer

private const val PATIENCE_MS = 60_000L

private class FakePlane(
    private val bytes: ByteBuffer,
    private val row: Int,
    private val pixel: Int,
) : Image.Plane() {
    override fun getBuffer() = bytes

    override fun getRowStride() = row

    override fun getPixelStride() = pixel
}

/** An image with one plane, its first, that the library reads. */
private class FakeImage(
    private val side: Int,
    private val kind: Int,
    private val plane: Plane,
    private val crop: Rect,
) : Image() {
    var isClosed = false

    override fun getFormat() = kind

    override fun getWidth() = side

    override fun getHeight() = side

    override fun getTimestamp() = 42L

    override fun getPlanes() = arrayOf(plane)

    override fun getCropRect() = crop

    override fun getTransform() = 0

    override fun getScalingMode() = 0

    override fun close() {
        isClosed = true
    }
}

@RunWith(RobolectricTestRunner::class)
class ImagesTest {
    private val grey = GreyPicture.read("astronaut.pgm")

    private fun image(
        plane: ByteBuffer,
        rowStride: Int = 128,
        pixelStride: Int = 1,
        format: Int = ImageFormat.YUV_420_888,
        crop: Rect = Rect(0, 0, 128, 128),
    ) = FakeImage(128, format, FakePlane(plane, rowStride, pixelStride), crop)

    @Test
    fun `camera images of every stride give the face that the plane gives`() {
        MoueAnalyzer.openBlocking().use { analyzer ->
            val expected = analyzer.analyzeBlocking(grey.direct(), grey.layout)
            val formats = listOf(ImageFormat.YUV_420_888, ImageFormat.YUV_422_888, ImageFormat.YUV_444_888, ImageFormat.Y8)
            for ((rowStride, pixelStride) in listOf(128 to 1, 192 to 1, 256 to 2, 320 to 2)) {
                for (format in formats) {
                    val image = image(grey.strided(rowStride, pixelStride), rowStride, pixelStride, format)
                    assertEquals("$rowStride $pixelStride $format", expected, analyzer.analyzeBlocking(image, 0))
                    assertFalse(image.isClosed)
                }
            }
            // Ten bits in two bytes, in video range: the high byte is the luma, squeezed as the range says.
            val p010 = ByteBuffer.allocateDirect(128 * 128 * 2)
            for (i in 0 until 128 * 128) p010.put(2 * i + 1, (16 + (grey[i % 128, i / 128].toInt() and 0xFF) * 219 / 255).toByte())
            val face = analyzer.analyzeBlocking(image(p010, 256, 2, ImageFormat.YCBCR_P010), 0).single()
            assertEquals(expected.single().points.nose.x, face.points.nose.x, 1f)
        }
    }

    @Test
    fun `a session takes an image's time and turn`() = runBlocking {
        withTimeout(PATIENCE_MS) {
            val turned = grey.turnedBack(270)
            MoueSession.open().use { session ->
                assertEquals(Submitted.WAITING, session.submit(image(turned.direct()), 270))
                val result = session.results.first()
                assertEquals(42L, result.timestampNs)
                assertEquals(Moue.analyze(grey.direct(), grey.layout).single().points, result.faces.single().face.points)
            }
        }
    }

    @Test
    fun `a crop hides the rest, and results keep the whole image's coordinates`() {
        MoueAnalyzer.openBlocking().use { analyzer ->
            val whole = analyzer.analyzeBlocking(grey.direct(), grey.layout).single()
            val left = image(grey.direct(), crop = Rect(0, 0, 16, 128))
            assertEquals(emptyList<Face>(), analyzer.analyzeBlocking(left, 0))
            val nearlyAll = image(grey.direct(), crop = Rect(4, 2, 128, 128))
            val cropped = analyzer.analyzeBlocking(nearlyAll, 0).single()
            assertNotEquals(whole, cropped)
            assertEquals(whole.points.nose.x, cropped.points.nose.x, 2f)
        }
    }

    @Test
    fun `an image without a readable plane is refused with the formats that have one`() {
        MoueSession.openBlocking().use { session ->
            val image = image(grey.direct(), format = ImageFormat.PRIVATE)
            val error = assertThrows(MoueException::class.java) { session.submit(image, 0) }
            assertEquals(MoueException.Kind.BAD_INPUT, error.kind)
            assertTrue(error.message, error.message.orEmpty().contains("YUV_420_888"))
        }
    }
}
