package dev.moue.sample

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test

class FrameClockTest {
    private var now = 0L
    private val clock = FrameClock { now }

    @Test
    fun `a result is as old as its frame`() {
        clock.note(7_000)
        now = 30
        clock.note(7_033)
        now = 42
        assertEquals(42L, clock.age(7_000))
        assertEquals(12L, clock.age(7_033))
    }

    @Test
    fun `a result of before the pause is told apart`() {
        clock.note(7_000)
        clock.forget()
        clock.note(9_000)
        assertNull(clock.age(7_000))
        assertEquals(0L, clock.age(9_000))
    }

    @Test
    fun `of a camera that runs for days only the latest frames are kept`() {
        for (frame in 0L..100_000) clock.note(frame)
        assertNull(clock.age(0))
        assertEquals(0L, clock.age(99_900))
    }
}
