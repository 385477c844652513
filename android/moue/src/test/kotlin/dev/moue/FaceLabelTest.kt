// Where the overlay's words stand and what becomes of them where there is little room. The pictures are left in the build folder to be looked at.
package dev.moue

import android.content.pm.ApplicationInfo
import android.graphics.Bitmap
import android.graphics.Rect
import android.graphics.RectF
import android.text.TextPaint
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** Half of the outline, and what smooths its edge. */
private const val EDGE = 4

@RunWith(RobolectricTestRunner::class)
@Config(qualifiers = "xhdpi")
class FaceLabelTest {
    /** What the view draws in the expression's colour outside of [box] and its outline, which is the label's plate. */
    private fun plate(drawn: Bitmap, box: Rect): Rect {
        val outline = Rect(box).apply { inset(-EDGE, -EDGE) }
        val pixels = IntArray(drawn.width * drawn.height).also { drawn.getPixels(it, 0, drawn.width, 0, 0, drawn.width, drawn.height) }
        val color = HAPPY_COLOR
        val plate = Rect()
        for ((index, pixel) in pixels.withIndex()) {
            val (x, y) = index % drawn.width to index / drawn.width
            if (near(pixel, color) && !outline.contains(x, y)) plate.union(Rect(x, y, x + 1, y + 1))
        }
        return plate
    }

    /** The plate of a smile at these places of a frame of 512 pixels a side, in a view that shows it pixel by pixel. */
    private fun plateOf(name: String, x: Int, y: Int, width: Int, height: Int): Rect {
        val view = overlay(512, 512).apply { show(listOf(happy(x.toFloat(), y.toFloat(), width.toFloat(), height.toFloat())), PHOTO_SIZE) }
        return plate(view.picture(name), Rect(x, y, x + width, y + height))
    }

    @Test
    fun `a label stands above its face and starts where reading starts`() {
        val plate = plateOf("above", 150, 200, 250, 100)
        assertEquals(150f, plate.left.toFloat(), 3f)
        assertTrue("$plate", plate.bottom in 180..200 && plate.top > 120)
    }

    @Test
    @Config(qualifiers = "ar-ldrtl-xhdpi")
    fun `an Arabic label starts at the right`() {
        // What an app says in its manifest; a library can't.
        RuntimeEnvironment.getApplication().applicationInfo.apply { flags = flags or ApplicationInfo.FLAG_SUPPORTS_RTL }
        assertEquals(400f, plateOf("arabic", 150, 200, 250, 100).right.toFloat(), 3f)
    }

    @Test
    fun `a label stands below a face that has no room above`() {
        val plate = plateOf("below", 150, 10, 250, 200)
        assertTrue("$plate", plate.top in 210..230 && plate.bottom < 290)
    }

    @Test
    fun `a label stays inside the view at each of its edges`() {
        val view = Rect(0, 0, 512, 512)
        for ((name, place) in mapOf("left" to Pair(-60, 200), "right" to Pair(470, 200), "top" to Pair(200, -60), "bottom" to Pair(200, 470))) {
            val plate = plateOf("edge_$name", place.first, place.second, 100, 100)
            assertTrue("$name: $plate", view.contains(plate) && plate.height() > 30 && plate.width() > 100)
        }
    }

    private fun placed(box: RectF, width: Int, height: Int) = RectF(0f, 0f, 100f, 40f).also { FaceLabel.place(it, box, width, height, 8f, isRtl = false) }

    @Test
    fun `a label of a face as high as the view stands inside the box, and never beyond the view`() {
        assertEquals(RectF(50f, 8f, 150f, 48f), placed(RectF(50f, 0f, 400f, 512f), 512, 512))
        assertEquals(RectF(0f, 452f, 100f, 492f), placed(RectF(-50f, 500f, 400f, 700f), 512, 512))
        assertEquals(RectF(412f, 472f, 512f, 512f), placed(RectF(600f, 700f, 800f, 900f), 512, 512))
        // A view lower than the label: its beginning is what is seen.
        assertEquals(RectF(0f, 0f, 100f, 40f), placed(RectF(0f, 0f, 60f, 30f), 60, 30))
    }

    private fun words(room: Int, verdict: Verdict = Verdict.Unsure(Reason.TURNED_AWAY)): String {
        assumeDrawing()
        val paint = TextPaint().apply { textSize = 28f }
        val reading = face(Bounds(0f, 0f, 1f, 1f), verdict).reading
        val lines = FaceLabel.of(reading, RuntimeEnvironment.getApplication()).lines(paint, room, isRtl = false)
        assertEquals(1, lines.lineCount)
        assertTrue("${lines.width} in $room", lines.width <= room)
        return lines.text.toString()
    }

    @Test
    fun `in a narrow view a label keeps what matters most, and is cut at its end at last`() {
        assertEquals("unsure: turned away", words(400))
        assertEquals("turned away", words(200))
        assertTrue(words(80), words(80).matches(Regex("turn.*…")))
        assertEquals("happy 97%", words(400, Verdict.Certain(Expression.HAPPY)))
        assertEquals("happy", words(80, Verdict.Certain(Expression.HAPPY)))
    }

    @Test
    fun `a narrow view shows the short label whole`() {
        val view = overlay(120, 512).apply {
            scale = ViewScale.FIT
            show(listOf(happy(100f, 200f, 250f, 250f)), PHOTO_SIZE)
        }
        val drawn = view.picture("narrow")
        val box = checkNotNull(view.transform).map(Bounds(100f, 200f, 250f, 250f))
        val plate = plate(drawn, Rect(box.x.toInt(), box.y.toInt(), box.right.toInt(), box.bottom.toInt()))
        assertTrue("$plate", plate.left >= 0 && plate.right <= 120 && plate.width() > 50)
    }

    @Test
    fun `a face that the view cuts off has no label there`() {
        // A view of 512 x 128 over a square frame shows its rows 192 to 320.
        val view = overlay(512, 128).apply { show(listOf(happy(100f, 20f, 100f, 100f)), PHOTO_SIZE) }
        assertTrue(plate(view.picture("cut_off"), Rect()).isEmpty)
    }
}
