package dev.moue.sample

import android.content.Intent
import android.view.View
import android.view.ViewGroup
import android.widget.TextView
import androidx.test.platform.app.InstrumentationRegistry
import dev.moue.Expression
import dev.moue.label
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Before
import org.junit.Test
import java.io.File

/**
 * The app on a device or an emulator, with a photo in the camera's place: the whole way from the clip to the words on the screen, through the
 * device's own native library. The photo comes from the repository, as an asset of the tests.
 */
class OnDeviceTest {
    private val instrumentation = InstrumentationRegistry.getInstrumentation()
    private val context = instrumentation.targetContext
    private val clip get() = File(context.getExternalFilesDir(null), "${VirtualCamera.FILE}.jpg")

    @Before
    fun playPhoto() {
        instrumentation.context.assets.open("astronaut.jpg").use { photo -> clip.outputStream().use(photo::copyTo) }
        Preferences(context).noteRead = true
    }

    @After
    fun removePhoto() {
        clip.delete()
    }

    @Test
    fun aSmileInTheCamerasPlaceIsRead() {
        val intent = Intent(context, MainActivity::class.java).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)
        val activity = instrumentation.startActivitySync(intent)
        val end = System.nanoTime() + WAIT_NANOS
        // The bars name every expression; the title does it once more.
        val smile = Words.heading(context.getString(Expression.HAPPY.label))
        var seen = emptyList<String>()
        while (seen.count { it == smile } < 2 && System.nanoTime() < end) {
            instrumentation.runOnMainSync { seen = texts(activity.window.decorView) }
            Thread.sleep(POLL_MS)
        }
        activity.finish()
        assertEquals("seen: $seen", 2, seen.count { it == smile })
    }

    private fun texts(view: View): List<String> = when (view) {
        is TextView -> listOf(view.text.toString())
        is ViewGroup -> (0 until view.childCount).flatMap { texts(view.getChildAt(it)) }
        else -> emptyList()
    }

    private companion object {
        const val WAIT_NANOS = 20_000_000_000L
        const val POLL_MS = 100L
    }
}
