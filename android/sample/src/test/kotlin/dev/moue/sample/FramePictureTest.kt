package dev.moue.sample

import android.graphics.Bitmap
import android.graphics.Color
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import kotlin.math.abs

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class FramePictureTest {
    private fun facts(degrees: Int, mirrored: Boolean = false) = FrameSource.Facts(degrees, mirrored)

    /** Black but for a white pixel in the top left corner. */
    private fun marked(layout: Layout) = fakeImage(6, 4, layout, 1, 128 to 128) { x, y -> if (x == 0 && y == 0) 255 else 0 }

    private fun Bitmap.white(): List<Pair<Int, Int>> = (0 until height)
        .flatMap { y -> (0 until width).map { x -> x to y } }
        .filter { (x, y) -> getPixel(x, y) == Color.WHITE }

    @Test
    fun `pure red comes out red in every layout`() {
        // Red in JFIF: Y 76, Cb 85, Cr 255.
        for (layout in Layout.entries) {
            val picture = FramePicture.of(fakeImage(7, 5, layout, 1, 85 to 255) { _, _ -> 76 }, facts(0))
            for (y in 0 until 5) {
                for (x in 0 until 7) {
                    val pixel = picture.getPixel(x, y)
                    assertEquals("$layout", true, abs(Color.red(pixel) - 255) <= 2 && Color.green(pixel) <= 2 && Color.blue(pixel) <= 2)
                }
            }
        }
    }

    @Test
    fun `a frame is turned clockwise and then mirrored as the preview shows it`() {
        for (layout in Layout.entries) {
            assertEquals(listOf(0 to 0), FramePicture.of(marked(layout), facts(0)).white())
            assertEquals(listOf(3 to 0), FramePicture.of(marked(layout), facts(90)).white())
            assertEquals(listOf(5 to 3), FramePicture.of(marked(layout), facts(180)).white())
            assertEquals(listOf(0 to 5), FramePicture.of(marked(layout), facts(270)).white())
            assertEquals(listOf(0 to 0), FramePicture.of(marked(layout), facts(90, mirrored = true)).white())
            assertEquals(listOf(3 to 5), FramePicture.of(marked(layout), facts(270, mirrored = true)).white())
        }
    }
}
