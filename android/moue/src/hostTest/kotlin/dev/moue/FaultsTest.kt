// A fault of the native code, provoked: what a caller sees of it, and that nothing goes on as if nothing had been.
// On a desk only: no library that ships can be made to fail like this.
package dev.moue

import com.sun.jna.Library
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import com.sun.jna.Native as Jna

private const val PATIENCE_MS = 60_000L

class FaultsTest {
    @Suppress("FunctionName", "ktlint:standard:function-naming")
    interface Provoke : Library {
        fun moue_ffi_panic_in_next_call()
    }

    private val picture = GreyPicture.read("astronaut.pgm")
    private val provoke: Provoke = Jna.load("moue_ffi", Provoke::class.java)

    private fun endOf(session: MoueSession): MoueException = assertThrows(MoueException::class.java) { runBlocking { withTimeout(PATIENCE_MS) { session.results.collect() } } }

    @Test
    fun `a fault during a photo is told, and the analyzer is closed`() {
        val analyzer = MoueAnalyzer.openBlocking()
        provoke.moue_ffi_panic_in_next_call()
        val fault = assertThrows(MoueException::class.java) { analyzer.analyzeBlocking(picture.direct(), picture.layout) }
        assertEquals(MoueException.Kind.INTERNAL, fault.kind)
        assertTrue(fault.message, fault.message.orEmpty().contains("please report it"))
        val after = assertThrows(MoueException::class.java) { analyzer.analyzeBlocking(picture.direct(), picture.layout) }
        assertEquals(MoueException.Kind.CLOSED, after.kind)
    }

    @Test
    fun `a fault during the analysis ends the results with it, and the session is closed`() {
        // The analysis thread's first wait for a frame is the next call.
        provoke.moue_ffi_panic_in_next_call()
        val session = MoueSession.openBlocking()
        assertEquals(MoueException.Kind.INTERNAL, endOf(session).kind)
        assertTrue(session.isClosed)
        assertEquals(Submitted.CLOSED, session.submit(picture.direct(), picture.layout, 1))
    }

    @Test
    fun `a fault on the camera's thread is told there, and ends the results`() {
        val session = MoueSession.openBlocking()
        // The analysis thread is in its wait by then, so the next call is the camera's.
        while (Thread.getAllStackTraces().none { (thread, stack) -> thread.name == "moue-analysis" && stack.any { it.methodName.startsWith("next") } }) {
            Thread.sleep(1)
        }
        Thread.sleep(100)
        provoke.moue_ffi_panic_in_next_call()
        val fault = assertThrows(MoueException::class.java) { session.submit(picture.direct(), picture.layout, 1) }
        assertEquals(MoueException.Kind.INTERNAL, fault.kind)
        assertEquals(MoueException.Kind.INTERNAL, endOf(session).kind)
        assertEquals(Submitted.CLOSED, session.submit(picture.direct(), picture.layout, 2))
    }
}
