package dev.moue.sample

import android.content.Context
import android.os.Looper
import android.view.View
import android.view.ViewGroup
import android.view.accessibility.AccessibilityEvent
import android.view.accessibility.AccessibilityManager
import android.widget.ProgressBar
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.time.Duration

/** What accessibility services are told. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class TalkBackTest {
    private fun smiling(look: (MainActivity) -> Unit) {
        val services = RuntimeEnvironment.getApplication().getSystemService(Context.ACCESSIBILITY_SERVICE) as AccessibilityManager
        shadowOf(services).setEnabled(true)
        playInCamerasPlace(photo("astronaut.jpg"))
        allowCamera()
        launch().use {
            waitUntil("a smile") { it.get().headline() == "Happy" }
            look(it.get())
        }
    }

    private fun MainActivity.reading(): ViewGroup = window.decorView.child(R.id.reading)

    private fun bars(view: ViewGroup) = (0 until view.childCount).map(view::getChildAt).filterIsInstance<BarRow>()

    @Test
    fun `each bar is told as a bar with its name and its figure`() = smiling { activity ->
        val bars = bars(activity.reading())
        assertEquals(7, bars.size)
        for (bar in bars) {
            val node = bar.createAccessibilityNodeInfo()
            assertEquals(ProgressBar::class.java.name, node.className)
            val (name, figure) = checkNotNull(Regex("""(\p{L}+), (\d+)%""").matchEntire(node.contentDescription)).destructured
            assertEquals(1, bars.count { name in it.createAccessibilityNodeInfo().contentDescription })
            assertEquals(figure.toFloat(), node.rangeInfo.current, 0.5f)
            assertEquals(0f..100f, node.rangeInfo.min..node.rangeInfo.max)
            assertTrue("can be reached", node.isFocusable && bar.isImportantForAccessibility)
        }
        val happy = bars.single { it.createAccessibilityNodeInfo().contentDescription.startsWith("Happy") }
        assertTrue(happy.createAccessibilityNodeInfo().rangeInfo.current > 80f)
    }

    @Test
    fun `while a smile is held for a minute it is said once, and nothing else`() = smiling { activity ->
        val events = mutableListOf<AccessibilityEvent>()
        activity.reading().accessibilityDelegate = object : View.AccessibilityDelegate() {
            override fun sendAccessibilityEventUnchecked(host: View, event: AccessibilityEvent) {
                events += event
            }

            override fun onRequestSendAccessibilityEvent(host: ViewGroup, child: View, event: AccessibilityEvent): Boolean {
                events += event
                return false
            }
        }
        val said = mutableSetOf<CharSequence?>()
        repeat(60_000 / 16) {
            shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(16))
            if (it % 8 == 0) Thread.sleep(1)
            said += activity.reading().contentDescription
        }
        assertEquals(setOf(null, "Happy"), said + null)
        assertTrue("${events.size} events", events.size <= 1)
    }

    @Test
    fun `the panel says what it shows when it is touched`() = smiling { activity ->
        val node = activity.reading().createAccessibilityNodeInfo()
        assertTrue(node.contentDescription.toString(), node.contentDescription.matches(Regex("""Happy\. \d+% sure""")))
    }
}
