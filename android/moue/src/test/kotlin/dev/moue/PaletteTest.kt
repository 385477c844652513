// The overlay's colours: apart for every colour vision, and their words readable on them.
package dev.moue

import android.graphics.Color
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner

@RunWith(RobolectricTestRunner::class)
class PaletteTest {
    private val verdicts = Expression.entries.map { Verdict.Certain(it) } + Verdict.Unsure(Reason.BLURRED)
    private val colors = verdicts.associate { it.toString() to colorOf(it) }

    /** Red as in Bruce Lindbloom's calculator, a grey on white as in WebAIM's, and the pair that test plates for deuteranopia are made of. */
    @Test
    fun `the measures are the published ones`() {
        val red = ColourVision.USUAL.lab(0xFF0000)
        for ((measured, expected) in red.zip(listOf(53.24, 80.09, 67.20))) assertEquals(expected, measured, 0.02)
        assertEquals(4.54, ColourVision.contrast(0x767676, 0xFFFFFF), 0.005)
        assertEquals(21.0, ColourVision.contrast(Color.BLACK, Color.WHITE), 0.005)
        val (usual, without) = ColourVision.USUAL.difference(0xC08040, 0x80A040) to ColourVision.DEUTERANOPIA.difference(0xC08040, 0x80A040)
        assertTrue("$usual, $without", usual > 2 * without)
    }

    @Test
    fun `each colour is apart from each other for every colour vision`() {
        assertEquals(emptyList<String>(), ColourVision.tooNear(colors, least = 15.0))
    }

    @Test
    fun `a label's words are readable on each colour`() {
        for ((name, color) in colors) {
            val contrast = ColourVision.contrast(FaceLabel.textColorOn(color), color)
            // WCAG 2.2, 1.4.3.
            assertTrue("$name: $contrast", contrast >= 4.5)
        }
    }
}
