package dev.moue.sample

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Rect
import android.view.MotionEvent
import android.view.View
import dev.moue.FaceOverlayView
import dev.moue.Point
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File

/**
 * The screens with what the host's own library reads in the repository's photos. Each is kept as a picture in the build's folder; those of
 * `docs/android` are made from them.
 */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35], qualifiers = "w392dp-h800dp-xhdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class ScreensTest {
    /** The app with [picture] in the camera's place, once it says [headline] of it. */
    private fun live(picture: File, headline: String, look: (MainActivity) -> Unit) {
        playInCamerasPlace(picture)
        allowCamera()
        launch().use {
            waitUntil("“$headline”") { it.get().headline() == headline && it.get().sees(FIGURES) }
            look(it.get())
        }
    }

    private fun draw(width: Int, height: Int, drawing: Canvas.() -> Unit): File {
        val bitmap = Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888)
        Canvas(bitmap).drawing()
        val file = File.createTempFile("clip", ".png").apply { deleteOnExit() }
        file.outputStream().use { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }
        return file
    }

    private fun bitmap(name: String) = checkNotNull(BitmapFactory.decodeFile(photo(name).path))

    @Test
    fun `a smile by day`() = live(photo("astronaut.jpg"), "Happy") {
        assertTrue(it.sees("% sure"))
        it.picture("light")
    }

    @Test
    @Config(qualifiers = "+night")
    fun `a smile by night`() = live(photo("astronaut.jpg"), "Happy") {
        val paper = it.picture("dark").getPixel(2, 2)
        assertTrue("the paper is dark", Color.luminance(paper) < 0.05f)
    }

    @Test
    @Config(qualifiers = "w800dp-h392dp-land-xhdpi")
    fun `on its side the reading stands beside the picture`() = live(photo("astronaut.jpg"), "Happy") {
        it.picture("landscape")
        val (stage, panel) = it.window.decorView.child<View>(R.id.stage) to it.window.decorView.child<View>(R.id.panel)
        assertTrue(places(panel)[0] >= places(stage)[0] + stage.width)
        val actions = it.window.decorView.child<View>(R.id.actions)
        assertTrue("all buttons can be seen", places(actions)[1] + actions.height <= it.window.decorView.height)
    }

    @Test
    @Config(qualifiers = "ar-ldrtl-w392dp-h800dp-xhdpi")
    fun `in Arabic everything runs from right to left`() = live(photo("astronaut.jpg"), "فرح") {
        it.picture("arabic")
        val row = it.window.decorView
        assertTrue(places(row.child(R.id.bar_name))[0] > places(row.child(R.id.bar))[0])
        assertTrue(places(row.child(R.id.open_photo))[0] > places(row.child(R.id.switch_camera))[0])
    }

    @Test
    @Config(fontScale = 2.0f)
    fun `large text leaves the picture its half and every button in sight`() = live(photo("astronaut.jpg"), "Happy") {
        it.picture("large")
        val window = it.window.decorView
        assertTrue(window.child<View>(R.id.stage).height > 0.35 * window.height)
        val actions = window.child<View>(R.id.actions)
        assertTrue(places(actions)[1] + actions.height <= window.height)
    }

    @Test
    fun `a face in the dark is unsure, and the reason is told`() {
        val dark = draw(512, 512) {
            drawBitmap(bitmap("astronaut.jpg"), 0f, 0f, null)
            drawColor(0xC8 shl 24)
        }
        live(dark, "Unsure") {
            assertTrue(it.sees("Too dark"))
            it.picture("unsure")
        }
    }

    @Test
    fun `of two faces the one that is tapped is told of`() {
        val both = draw(600, 700) {
            drawBitmap(bitmap("astronaut.jpg"), Rect(0, 0, 512, 256), Rect(0, 0, 600, 300), null)
            drawBitmap(bitmap("grace_hopper.jpg"), Rect(0, 60, 512, 401), Rect(0, 300, 600, 700), null)
        }
        live(both, "Neutral") {
            assertTrue(it.sees("of 2"))
            val overlay = it.window.decorView.child<FaceOverlayView>(R.id.overlay)
            // The astronaut's face is around 226, 121 of her photo.
            val face = checkNotNull(overlay.transform).map(Point(226 * 600f / 512, 121 * 600f / 512))
            tap(overlay, face.x, face.y)
            waitUntil("the astronaut's smile") { it.headline() == "Happy" }
            it.picture("two_faces")
        }
    }

    private fun tap(view: View, x: Float, y: Float) {
        for (action in listOf(MotionEvent.ACTION_DOWN, MotionEvent.ACTION_UP)) {
            view.dispatchTouchEvent(MotionEvent.obtain(0, 0, action, x, y, 0))
        }
    }

    @Test
    fun `before the first question the reason is told`() {
        launch().use {
            assertTrue(it.get().sees("No picture is kept"))
            it.get().picture("why")
        }
    }

    @Test
    fun `without a camera there are still photos`() {
        allowCamera()
        launch().use {
            assertTrue(it.get().sees(R.string.no_camera_title))
            assertTrue(it.get().sees(R.string.open_photo))
            it.get().picture("no_camera")
        }
    }

    @Test
    fun `a refusal is taken well`() {
        Preferences(RuntimeEnvironment.getApplication()).askedForCamera = true
        launch().use {
            assertTrue(it.get().sees(R.string.blocked_title))
            it.get().picture("refused")
        }
    }

    @Test
    fun `a frozen moment and the session outlive a turn of the device`() = live(photo("astronaut.jpg"), "Happy") { activity ->
        activity.window.decorView.child<View>(R.id.freeze).performClick()
        waitUntil("frozen") { activity.sees(R.string.frozen) }
        @Suppress("DEPRECATION")
        val kept = activity.onRetainNonConfigurationInstance() as Kept
        val (held, session) = kept.held to kept.session
        assertEquals(512, held?.picture?.width)
        activity.recreate()
        waitUntil("the new activity") { activity.isDestroyed }
        assertEquals(held, kept.held)
        assertFalse("the session goes on", checkNotNull(session).isClosed)
    }

    private companion object {
        /** In the line of figures, in every language. */
        const val FIGURES = " · "
    }

    private fun places(view: View) = IntArray(2).also(view::getLocationInWindow)
}
