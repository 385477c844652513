// Scores as a value: what they hold, how they compare, what they refuse.
package dev.moue

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

class ScoresTest {
    @Test
    fun theBestOfEqualsIsTheFirst() {
        assertEquals(Expression.FEAR, Scores(listOf(0f, 0f, 0.5f, 0.5f, 0f, 0f, 0f)).best)
    }

    @Test
    fun equalNumbersMakeEqualScores() {
        val numbers = listOf(0.1f, 0.2f, 0.3f, 0.1f, 0.1f, 0.1f, 0.1f)
        assertEquals(Scores(numbers), Scores(numbers))
        assertEquals(numbers, Scores(numbers).toList())
    }

    @Test
    fun tooFewNumbersAreRefusedWithWhatIsNeeded() {
        val error = assertThrows(IllegalArgumentException::class.java) { Scores(listOf(1f)) }
        assertTrue(error.message, error.message.orEmpty().contains("7 are needed"))
    }
}
