// The words for people, in every language that the library speaks.
package dev.moue

import android.content.Context
import android.content.res.Configuration
import android.view.View
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import java.text.Bidi
import java.util.Locale

@RunWith(RobolectricTestRunner::class)
class LabelsTest {
    private val languages = listOf("en", "de", "fr", "es", "ja", "ar")

    private fun inLanguage(language: String): Context {
        val application = RuntimeEnvironment.getApplication()
        val configuration = Configuration(application.resources.configuration).apply { setLocale(Locale.forLanguageTag(language)) }
        return application.createConfigurationContext(configuration)
    }

    private fun reading(verdict: Verdict) = Reading(verdict, Scores(listOf(0f, 0f, 0f, 0.934f, 0f, 0f, 0.066f)))

    @Test
    fun `every word is there once in every language`() {
        for (language in languages) {
            val context = inLanguage(language)
            val words = Expression.entries.map { context.getString(it.label) } + Reason.entries.map { context.getString(it.label) }
            assertEquals(language, words.size, words.toSet().size)
            assertTrue(language, words.none { it.isBlank() })
        }
    }

    @Test
    fun `no language was left in English`() {
        val english = inLanguage("en")
        for (language in languages - "en") {
            val context = inLanguage(language)
            // German and Spanish really say "neutral".
            for (expression in Expression.entries - Expression.NEUTRAL) {
                assertNotEquals("$language $expression", english.getString(expression.label), context.getString(expression.label))
            }
        }
    }

    @Test
    fun `a reading is told in words`() {
        val happy = reading(Verdict.Certain(Expression.HAPPY))
        val blurred = reading(Verdict.Unsure(Reason.BLURRED))
        assertEquals("happy 93%", happy.describe(inLanguage("en")))
        assertEquals("fröhlich 93\u00A0%", happy.describe(inLanguage("de")))
        assertEquals("unsure: blurred", blurred.describe(inLanguage("en")))
        assertEquals("判定できません：ぼやけています", blurred.describe(inLanguage("ja")))
    }

    @Test
    fun `Arabic runs from right to left`() {
        assertEquals(View.LAYOUT_DIRECTION_RTL, inLanguage("ar").resources.configuration.layoutDirection)
        val description = reading(Verdict.Certain(Expression.HAPPY)).describe(inLanguage("ar"))
        assertTrue(description, description.startsWith("فرح"))
    }

    /** [text] as it lies on a line of a text that runs from right to left, from the line's left end; without the marks that aren't seen. */
    private fun fromTheLeft(text: String): String {
        val bidi = Bidi(text, Bidi.DIRECTION_RIGHT_TO_LEFT)
        val order = Array<Any>(text.length) { it }
        Bidi.reorderVisually(ByteArray(text.length) { bidi.getLevelAt(it).toByte() }, 0, order, 0, text.length)
        return order.map { text[it as Int] }.filterNot { it.category == CharCategory.FORMAT }.joinToString("")
    }

    /** The writings are those of the Unicode CLDR, by way of what Android says of a language. */
    @Test
    fun `digits and the sign for per cent are those of the language`() {
        val happy = reading(Verdict.Certain(Expression.HAPPY))
        // A space that doesn't break: narrow or not, depending on the CLDR's version.
        assertTrue(happy.describe(inLanguage("fr")).matches(Regex("joyeux 93[\u00A0\u202F]%")))
        assertTrue(happy.describe(inLanguage("ar-EG")), "٩٣٪" in happy.describe(inLanguage("ar-EG")))
        assertTrue(happy.describe(inLanguage("fa")), "۹۳" in happy.describe(inLanguage("fa")))
    }

    @Test
    fun `a word of another direction doesn't turn the order`() {
        // There are no Persian words, so the English ones stand in a text that runs from right to left: first the word, left of it the share.
        val seen = fromTheLeft(reading(Verdict.Certain(Expression.HAPPY)).describe(inLanguage("fa")))
        assertTrue(seen, seen.endsWith("happy") && seen.startsWith("۹۳"))
    }
}
