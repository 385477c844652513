package dev.moue.sample

import android.content.Intent
import android.graphics.Bitmap
import android.graphics.Color
import android.os.Looper
import android.view.View
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.shadows.ShadowToast
import java.io.File
import java.time.Duration

/** What can be done while the camera runs: with a clip in its place and the host's own library. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35], qualifiers = "w392dp-h800dp-xhdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class LiveTest {
    private fun smiling(look: (ActivityController<MainActivity>) -> Unit) {
        playInCamerasPlace(photo("astronaut.jpg"))
        allowCamera()
        launch().use {
            waitUntil("a smile") { it.get().headline() == "Happy" && it.get().figures().contains(" · ") }
            look(it)
        }
    }

    private fun ActivityController<MainActivity>.button(id: Int): View = get().window.decorView.child(id)

    private fun MainActivity.figures() = window.decorView.child<android.widget.TextView>(R.id.stats).text.toString()

    /** Every headline that is shown while the main thread works for a second of its time. */
    private fun ActivityController<MainActivity>.headlines(): Set<String> = (0 until 60).map {
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(16))
        Thread.sleep(5)
        get().headline()
    }.toSet()

    @Test
    fun `the relaxed face is set and forgotten`() = smiling {
        assertEquals(it.get().getString(R.string.calibrate), it.button(R.id.calibrate).contentDescription)
        it.button(R.id.calibrate).performClick()
        waitUntil("the hint") { it.get().sees(R.string.calibrating) }
        it.get().picture("calibrating")
        waitUntil("a relaxed face") { it.button(R.id.calibrate).contentDescription == it.get().getString(R.string.forget_baseline) }
        assertEquals(it.get().getString(R.string.calibrated), ShadowToast.getTextOfLatestToast())
        assertTrue(it.button(R.id.calibrate).isActivated)
        it.get().picture("calibrated")
        it.button(R.id.calibrate).performClick()
        assertEquals(it.get().getString(R.string.forgotten), ShadowToast.getTextOfLatestToast())
        waitUntil("no relaxed face") { it.button(R.id.calibrate).contentDescription == it.get().getString(R.string.calibrate) }
        assertFalse(it.button(R.id.calibrate).isActivated)
    }

    @Test
    fun `who comes back from another app sees no reading of before`() = smiling {
        it.pause().stop()
        // Meanwhile the face has gone. The session, which is kept, still has the smile as its last result.
        val nobody = Bitmap.createBitmap(512, 512, Bitmap.Config.ARGB_8888).apply { eraseColor(Color.GRAY) }
        val clip = File(it.get().getExternalFilesDir(null), "clip.jpg")
        clip.outputStream().use { stream -> nobody.compress(Bitmap.CompressFormat.JPEG, 90, stream) }
        // Longer than the half second for which a face out of sight is still known.
        Thread.sleep(1_000)
        it.restart().start()
        val seen = setOf(it.get().headline())
        it.resume()
        val shown = seen + it.headlines()
        assertFalse("$shown", "Happy" in shown)
        waitUntil("that there is no face") { it.get().headline() == it.get().getString(R.string.no_face) }
    }

    @Test
    fun `in the background nothing is read, and the camera goes on afterwards`() = smiling {
        @Suppress("DEPRECATION")
        val session = checkNotNull((it.get().onRetainNonConfigurationInstance() as Kept).session)
        it.pause().stop()
        val figures = it.get().figures()
        it.headlines()
        assertEquals("no figures change", figures, it.get().figures())
        it.restart().start().resume()
        waitUntil("a smile again") { it.get().headline() == "Happy" && it.get().figures() != figures }
        assertFalse(session.isClosed)
    }

    @Test
    fun `a frozen moment is shared as text, and the camera goes on`() = smiling {
        it.button(R.id.freeze).performClick()
        waitUntil("frozen") { it.get().sees(R.string.frozen) }
        it.get().picture("frozen")
        it.button(R.id.share).performClick()
        val chooser = shadowOf(it.get()).nextStartedActivity
        assertEquals(Intent.ACTION_CHOOSER, chooser.action)
        @Suppress("DEPRECATION")
        val sent = checkNotNull(chooser.getParcelableExtra<Intent>(Intent.EXTRA_INTENT))
        val text = sent.getStringExtra(Intent.EXTRA_TEXT).orEmpty()
        assertEquals("text/plain", sent.type)
        assertTrue(text, Regex("Happy, \\d+%\n").matchesAt(text, 0) && text.endsWith(it.get().getString(R.string.share_note)))
        assertEquals("no picture goes along", null, sent.data)
        it.button(R.id.freeze).performClick()
        waitUntil("live again") { it.get().figures().contains(" · ") }
    }

    @Test
    fun `figures tell the delay from a frame to its result`() = smiling {
        val (rate, delay, dropped) = checkNotNull(Regex("""(\d+) fps · ([\d.,]+) ms delay · (\d+) dropped""").matchEntire(it.get().figures())).destructured
        assertTrue(rate, rate.toInt() in 0..1000)
        assertTrue(dropped, dropped.toInt() >= 0)
        assertNotEquals("", delay)
        val spoken = it.button(R.id.stats).contentDescription
        assertTrue("$spoken", "milliseconds from frame to result" in spoken)
    }
}
