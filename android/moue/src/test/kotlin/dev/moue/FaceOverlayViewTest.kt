// The overlay, drawn: boxes and labels where the picture below has its faces. The pictures are left in the build folder to be looked at.
package dev.moue

import android.content.pm.ApplicationInfo
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.RectF
import android.os.Build
import android.view.View
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.File
import kotlin.math.abs

@RunWith(RobolectricTestRunner::class)
@Config(qualifiers = "xhdpi")
class FaceOverlayViewTest {
    private val photo: Bitmap = TestFiles.read("astronaut.jpg").let { BitmapFactory.decodeByteArray(it, 0, it.size) }
    private val frameSize = Size(512, 512)

    private val scores = Scores(listOf(0f, 0f, 0f, 0.97f, 0f, 0f, 0.03f))

    private fun face(bounds: Bounds, verdict: Verdict) = Face(
        bounds = bounds,
        score = 1f,
        points = Points(Point(0f, 0f), Point(1f, 0f), Point(0f, 1f), Point(0f, 2f), Point(1f, 2f)),
        quality = Quality(48f, 48f, 20f, 0.5f, 0.2f, 0.2f, null),
        reading = Reading(verdict, scores),
    )

    private fun overlay(width: Int, height: Int): FaceOverlayView {
        val context = RuntimeEnvironment.getApplication()
        return FaceOverlayView(context).apply {
            layoutDirection = context.resources.configuration.layoutDirection
            measure(View.MeasureSpec.makeMeasureSpec(width, View.MeasureSpec.EXACTLY), View.MeasureSpec.makeMeasureSpec(height, View.MeasureSpec.EXACTLY))
            layout(0, 0, width, height)
        }
    }

    /** The overlay over the photo as a view below would show it, also written to a file. */
    private fun draw(view: FaceOverlayView, name: String): Bitmap {
        assumeTrue("Robolectric draws from API 26 on", Build.VERSION.SDK_INT >= Build.VERSION_CODES.O)
        val drawn = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
        val canvas = Canvas(drawn)
        view.transform?.let { transform ->
            val whole = transform.map(Bounds(0f, 0f, 512f, 512f))
            canvas.save()
            if (view.mirrored) canvas.scale(-1f, 1f, view.width / 2f, 0f)
            val target = if (view.mirrored) whole.copy(x = view.width - whole.right) else whole
            canvas.drawBitmap(photo, null, RectF(target.x, target.y, target.right, target.bottom), Paint(Paint.FILTER_BITMAP_FLAG))
            canvas.restore()
        }
        view.draw(canvas)
        val output = File(System.getProperty("moue.output") ?: "build", "overlay").apply { mkdirs() }
        File(output, "$name.png").outputStream().use { drawn.compress(Bitmap.CompressFormat.PNG, 100, it) }
        return drawn
    }

    private fun near(color: Int, expected: Int) = listOf(Color::red, Color::green, Color::blue).all { channel -> abs(channel(color) - channel(expected)) < 12 }

    private val yellow = Color.parseColor("#F0E442")

    @Test
    fun `a real face of a photo gets its box around it`() {
        val view = overlay(1024, 1024).apply {
            scale = ViewScale.FIT
            show(Moue.analyzeBlocking(photo), frameSize)
        }
        val drawn = draw(view, "photo")
        val box = checkNotNull(view.transform).map(Moue.analyzeBlocking(photo).single().bounds)
        val middle = ((box.y + box.bottom) / 2).toInt()
        assertTrue("the outline is yellow", near(drawn.getPixel(box.x.toInt(), middle), yellow))
        assertTrue("the outline is yellow", near(drawn.getPixel(box.right.toInt(), middle), yellow))
    }

    private fun Moue.analyzeBlocking(bitmap: Bitmap): List<Face> = MoueAnalyzer.openBlocking().use { it.analyzeBlocking(bitmap) }

    @Test
    fun `a filled view cuts the overhang and a fitted one leaves bars`() {
        // A view of 1024 x 512 over a square frame: filled, a frame's pixel is two of the view and 256 are cut off above.
        val bounds = Bounds(200f, 200f, 100f, 100f)
        val happy = listOf(face(bounds, Verdict.Certain(Expression.HAPPY)))
        val view = overlay(1024, 512).apply { show(happy, frameSize) }
        assertTrue(near(draw(view, "fill").getPixel(400, 512 / 2), yellow))
        // Fitted, a pixel is one, and the bars are 256 wide.
        view.scale = ViewScale.FIT
        assertTrue(near(draw(view, "fit").getPixel(456, 250), yellow))
    }

    @Test
    fun `a mirrored view has its boxes mirrored and its words not`() {
        val view = overlay(512, 512).apply {
            mirrored = true
            show(listOf(face(Bounds(60f, 200f, 100f, 100f), Verdict.Certain(Expression.HAPPY))), frameSize)
        }
        val drawn = draw(view, "mirrored")
        assertTrue(near(drawn.getPixel(512 - 60, 250), yellow))
        assertTrue(near(drawn.getPixel(512 - 160, 250), yellow))
    }

    @Test
    fun `an unsure face is dashed and grey, with gaps in its outline`() {
        val grey = Color.parseColor("#BDBDBD")
        val view = overlay(512, 512).apply { show(listOf(face(Bounds(100f, 100f, 300f, 300f), Verdict.Unsure(Reason.BLURRED))), frameSize) }
        val drawn = draw(view, "unsure")
        val edge = (130..370).map { near(drawn.getPixel(100, it), grey) }
        assertTrue("dashes", edge.count { it } > 40)
        assertTrue("gaps", edge.count { !it } > 40)
    }

    /** The leftmost and rightmost places of the label's plate just under its top edge. */
    private fun plate(drawn: Bitmap, y: Int): IntRange {
        val columns = (0 until drawn.width).filter { near(drawn.getPixel(it, y), yellow) }
        return columns.first()..columns.last()
    }

    @Test
    fun `a label starts where reading starts`() {
        val view = overlay(512, 512).apply { show(listOf(face(Bounds(150f, 200f, 250f, 100f), Verdict.Certain(Expression.HAPPY))), frameSize) }
        assertEquals(150f, plate(draw(view, "start"), 192 - 8).first.toFloat(), 3f)
    }

    @Test
    @Config(qualifiers = "ar-ldrtl-xhdpi")
    fun `an Arabic label starts at the right`() {
        // What an app says in its manifest; a library can't.
        RuntimeEnvironment.getApplication().applicationInfo.apply { flags = flags or ApplicationInfo.FLAG_SUPPORTS_RTL }
        val view = overlay(512, 512).apply { show(listOf(face(Bounds(150f, 200f, 250f, 100f), Verdict.Certain(Expression.HAPPY))), frameSize) }
        assertEquals(400f, plate(draw(view, "arabic"), 192 - 8).last.toFloat(), 3f)
    }

    @Test
    fun `a label stays inside the view`() {
        val view = overlay(512, 512).apply { show(listOf(face(Bounds(480f, -20f, 100f, 100f), Verdict.Certain(Expression.HAPPY))), frameSize) }
        val drawn = draw(view, "corner")
        assertTrue((0 until 40).any { y -> (400 until 480).count { near(drawn.getPixel(it, y), yellow) } > 20 })
    }

    @Test
    fun `nothing is drawn before the first frame and after the last`() {
        val view = overlay(512, 512)
        assertNull(view.transform)
        view.show(listOf(face(Bounds(100f, 100f, 300f, 300f), Verdict.Certain(Expression.HAPPY))), frameSize)
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
