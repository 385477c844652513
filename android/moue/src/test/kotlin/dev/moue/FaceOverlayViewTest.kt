// The overlay, drawn: boxes where the picture below has its faces. The pictures are left in the build folder to be looked at.
package dev.moue

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Canvas
import android.view.View
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(qualifiers = "xhdpi")
class FaceOverlayViewTest {
    @Test
    fun `a real face of a photo gets its box around it`() {
        val photo = TestFiles.read("astronaut.jpg").let { BitmapFactory.decodeByteArray(it, 0, it.size) }
        val faces = MoueAnalyzer.openBlocking().use { it.analyzeBlocking(photo) }
        val view = overlay(1024, 1024).apply {
            scale = ViewScale.FIT
            show(faces, PHOTO_SIZE)
        }
        val drawn = view.picture("photo")
        val box = checkNotNull(view.transform).map(faces.single().bounds)
        val middle = ((box.y + box.bottom) / 2).toInt()
        assertTrue("the outline is that of a smile", near(drawn.getPixel(box.x.toInt(), middle), HAPPY_COLOR))
        assertTrue("the outline is that of a smile", near(drawn.getPixel(box.right.toInt(), middle), HAPPY_COLOR))
    }

    @Test
    fun `a filled view cuts the overhang and a fitted one leaves bars`() {
        // A view of 1024 x 512 over a square frame: filled, a frame's pixel is two of the view and 256 are cut off above.
        val view = overlay(1024, 512).apply { show(listOf(happy(200f, 200f, 100f, 100f)), PHOTO_SIZE) }
        assertTrue(near(view.picture("fill").getPixel(400, 512 / 2), HAPPY_COLOR))
        // Fitted, a pixel is one, and the bars are 256 wide.
        view.scale = ViewScale.FIT
        assertTrue(near(view.picture("fit").getPixel(456, 250), HAPPY_COLOR))
    }

    @Test
    fun `a mirrored view has its boxes mirrored and its words not`() {
        val view = overlay(512, 512).apply {
            mirrored = true
            show(listOf(happy(60f, 200f, 100f, 100f)), PHOTO_SIZE)
        }
        val drawn = view.picture("mirrored")
        assertTrue(near(drawn.getPixel(512 - 60, 250), HAPPY_COLOR))
        assertTrue(near(drawn.getPixel(512 - 160, 250), HAPPY_COLOR))
    }

    @Test
    fun `an unsure face is dashed and grey, with gaps in its outline`() {
        val unsure = Verdict.Unsure(Reason.BLURRED)
        val view = overlay(512, 512).apply { show(listOf(face(Bounds(100f, 100f, 300f, 300f), unsure)), PHOTO_SIZE) }
        val drawn = view.picture("unsure")
        val edge = (130..370).map { near(drawn.getPixel(100, it), colorOf(unsure)) }
        assertTrue("dashes", edge.count { it } > 40)
        assertTrue("gaps", edge.count { !it } > 40)
    }

    @Test
    fun `nothing is drawn before the first frame and after the last`() {
        val view = overlay(512, 512)
        assertNull(view.transform)
        view.show(listOf(happy(100f, 100f, 300f, 300f)), PHOTO_SIZE)
        view.clear()
        val drawn = Bitmap.createBitmap(512, 512, Bitmap.Config.ARGB_8888).also { view.draw(Canvas(it)) }
        val pixels = IntArray(512 * 512).also { drawn.getPixels(it, 0, 512, 0, 0, 512, 512) }
        assertTrue(pixels.all { it == 0 })
    }

    @Test
    fun `TalkBack passes over it`() {
        assertEquals(View.IMPORTANT_FOR_ACCESSIBILITY_NO, overlay(10, 10).importantForAccessibility)
    }
}
