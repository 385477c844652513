package dev.moue.sample

import dev.moue.ColourVision
import dev.moue.Expression
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** The bars' colours by day and by night. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35])
class PaletteTest {
    private val application = RuntimeEnvironment.getApplication()

    private fun check() {
        val colors = Expression.entries.associate { it.word to Expressions.color(application, it) }
        assertEquals(emptyList<String>(), ColourVision.tooNear(colors, least = 18.0))
        // WCAG 2.2, 1.4.11: what a figure is made of stands out from what lies beside it.
        for (background in listOf(R.color.paper, R.color.track)) {
            for ((name, color) in colors) {
                val contrast = ColourVision.contrast(color, application.getColor(background))
                assertTrue("$name on ${application.resources.getResourceEntryName(background)}: $contrast", contrast >= 3)
            }
        }
        // WCAG 2.2, 1.4.3: words.
        for (ink in listOf(R.color.ink, R.color.ink_soft)) {
            assertTrue(ColourVision.contrast(application.getColor(ink), application.getColor(R.color.paper)) >= 4.5)
        }
    }

    @Test
    fun `by day every bar can be told from every other and from the paper`() = check()

    @Test
    @Config(qualifiers = "night")
    fun `by night every bar can be told from every other and from the paper`() = check()
}
