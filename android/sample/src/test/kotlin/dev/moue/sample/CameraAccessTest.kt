package dev.moue.sample

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test

class CameraAccessTest {
    /** What Android answers in each situation, from its guide "Request runtime permissions". */
    @Test
    fun `each situation is told apart`() {
        assertEquals(CameraAccess.UNASKED, CameraAccess.of(granted = false, asked = false, rationale = false))
        assertEquals(CameraAccess.REFUSED, CameraAccess.of(granted = false, asked = true, rationale = true))
        assertEquals(CameraAccess.BLOCKED, CameraAccess.of(granted = false, asked = true, rationale = false))
        for (asked in listOf(true, false)) assertEquals(CameraAccess.GRANTED, CameraAccess.of(granted = true, asked = asked, rationale = false))
    }

    @Test
    fun `after a refusal in an earlier installation the rationale alone tells it`() {
        assertEquals(CameraAccess.REFUSED, CameraAccess.of(granted = false, asked = false, rationale = true))
    }

    @Test
    fun `only a blocked camera leads to the settings`() {
        assertNull(Notice.of(CameraAccess.GRANTED))
        assertEquals(Notice.Remedy.ASK, Notice.of(CameraAccess.UNASKED)?.remedy)
        assertEquals(Notice.Remedy.ASK, Notice.of(CameraAccess.REFUSED)?.remedy)
        assertEquals(Notice.Remedy.SETTINGS, Notice.of(CameraAccess.BLOCKED)?.remedy)
    }
}
