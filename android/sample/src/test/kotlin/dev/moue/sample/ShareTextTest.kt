package dev.moue.sample

import android.content.Intent
import dev.moue.Bounds
import dev.moue.Calibration
import dev.moue.Expression
import dev.moue.Face
import dev.moue.Point
import dev.moue.Points
import dev.moue.Quality
import dev.moue.Reading
import dev.moue.Reason
import dev.moue.Scores
import dev.moue.Size
import dev.moue.Verdict
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.util.Date

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35])
class ShareTextTest {
    private val context = RuntimeEnvironment.getApplication()

    private fun seen(key: Long, bounds: Bounds, verdict: Verdict): SeenFace {
        val middle = Point(0f, 0f)
        val scores = Scores(listOf(0.01f, 0f, 0.02f, 0.9f, 0.03f, 0.01f, 0.03f))
        val quality = Quality(48f, 48f, 20f, 0.5f, 0.2f, 0.2f, null)
        return SeenFace(key, Face(bounds, 0.9f, Points(middle, middle, middle, middle, middle), quality, Reading(verdict, scores)), Calibration.NONE)
    }

    private val smile = seen(7, Bounds(0f, 0f, 50f, 50f), Verdict.Certain(Expression.HAPPY))
    private val blur = seen(8, Bounds(40f, 0f, 20f, 20f), Verdict.Unsure(Reason.BLURRED))

    @Test
    fun `one face is its reading, all seven figures, the moment, and what it is not`() {
        val lines = ShareText.of(context, Scene(Size(100, 100), listOf(smile)), Date(0)).lines()
        assertEquals("Happy, 90%", lines.first())
        val figures = listOf("happy 90%", "surprised 1%", "sad 3%", "afraid 2%", "angry 1%", "disgusted 0%", "neutral 3%")
        assertEquals(figures, lines.drop(1).take(7).map { it.trim() })
        assertEquals("Read by Moue on the device: what a face shows, not what a person feels.", lines.last())
    }

    @Test
    fun `two faces are numbered, and an unsure one tells its reason`() {
        val text = ShareText.of(context, Scene(Size(100, 100), listOf(smile, blur)), Date(0))
        assertEquals(listOf("Face 1", "Face 2"), text.lines().filter { it.startsWith("Face") })
        assertEquals(1, text.lines().count { it == "Unsure: blurred" })
    }

    @Test
    fun `only text goes along`() {
        @Suppress("DEPRECATION")
        val sent = checkNotNull(ShareText.intent("words").getParcelableExtra<Intent>(Intent.EXTRA_INTENT))
        assertEquals(listOf(Intent.ACTION_SEND, "text/plain", "words"), listOf(sent.action, sent.type, sent.getStringExtra(Intent.EXTRA_TEXT)))
        assertNull(sent.clipData?.getItemAt(0)?.uri)
    }

    @Test
    fun `the largest face is in focus until another is chosen, and again once that has gone`() {
        val scene = Scene(Size(100, 100), listOf(blur, smile))
        assertEquals(smile, scene.focus(null))
        assertEquals(blur, scene.focus(8))
        assertEquals(smile, scene.focus(99))
        assertEquals("the smaller of two that overlap", blur, scene.at(Point(45f, 10f)))
        assertNull(scene.at(Point(99f, 99f)))
    }
}
