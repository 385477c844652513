package dev.moue.sample

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test

class AnnouncerTest {
    private val announcer = Announcer()

    /** What is said while [label] is shown from [from] to [to], thirty times a second. */
    private fun hear(label: String?, from: Long, to: Long) = (from..to step 33).mapNotNull { announcer.hear(label, it) }

    @Test
    fun `a label that is held is said once`() {
        assertEquals(listOf("Happy"), hear("Happy", 0, 60_000))
    }

    @Test
    fun `a label that passes is not said`() {
        assertEquals(emptyList<String>(), hear("Happy", 0, Announcer.HELD_MS - 100))
        assertEquals(listOf("Sad"), hear("Sad", 2_000, 10_000))
    }

    @Test
    fun `labels that alternate every half second are never said`() {
        val said = (0L until 60_000 step 500).flatMap { hear(if (it / 500 % 2 == 0L) "Happy" else "Sad", it, it + 499) }
        assertEquals(emptyList<String>(), said)
    }

    @Test
    fun `two announcements are four seconds apart however fast labels change`() {
        val times = mutableListOf<Long>()
        for (now in 0L..60_000 step 33) announcer.hear("label ${now / 2_000}", now)?.let { times += now }
        assertEquals(true, times.size > 5)
        assertEquals(true, times.zipWithNext().all { (earlier, later) -> later - earlier >= Announcer.APART_MS })
    }

    @Test
    fun `no face is not said, and the same label after it neither`() {
        hear("Happy", 0, 5_000)
        assertEquals(emptyList<String>(), hear(null, 5_000, 20_000))
        assertNull(announcer.hear("Happy", 30_000))
        assertEquals(emptyList<String>(), hear("Happy", 30_000, 40_000))
    }
}
