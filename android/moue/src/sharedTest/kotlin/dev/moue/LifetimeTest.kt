// What becomes of sessions and analyzers that are forgotten, and of very many of them.
package dev.moue

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Test
import java.lang.ref.WeakReference

private const val PATIENCE_MS = 30_000L

class LifetimeTest {
    private val picture = GreyPicture.read("astronaut.pgm")

    private fun analysisThreads() = Thread.getAllStackTraces().keys.count { it.name == "moue-analysis" }

    /** Waits for something that the collector brings about in its own time. */
    private fun eventually(what: String, holds: () -> Boolean) {
        val end = System.nanoTime() + PATIENCE_MS * 1_000_000
        while (!holds()) {
            check(System.nanoTime() < end) { "not within ${PATIENCE_MS / 1000} s: $what" }
            System.gc()
            Thread.sleep(20)
        }
    }

    /** In a method of its own, so that no local variable keeps the session. */
    private fun forgetSessions(count: Int): List<WeakReference<MoueSession>> = List(count) {
        val session = MoueSession.openBlocking()
        session.submit(picture.direct(), picture.layout, 1)
        runBlocking { withTimeout(PATIENCE_MS) { assertNotNull(session.results.first()) } }
        WeakReference(session)
    }

    @Test
    fun forgottenSessionsAreCollectedAndTheirThreadsEnd() {
        eventually("earlier tests' threads end") { analysisThreads() == 0 }
        val forgotten = forgetSessions(5)
        eventually("the sessions are collected") { forgotten.all { it.get() == null } }
        eventually("their threads end") { analysisThreads() == 0 }
    }

    @Test
    fun aSessionThatIsHeldGoesOnThroughCollections() {
        MoueSession.openBlocking().use { session ->
            repeat(3) { System.gc() }
            assertEquals(Submitted.WAITING, session.submit(picture.direct(), picture.layout, 1))
            runBlocking { withTimeout(PATIENCE_MS) { session.results.first() } }
        }
    }

    @Test
    fun anActionForTheEndRunsOnceAlsoAfterTheEnd() {
        var ran = 0
        val session = MoueSession.openBlocking()
        session.whenEnded { ran++ }
        session.close()
        eventually("the session ends") { ran == 1 }
        session.whenEnded { ran++ }
        assertEquals(2, ran)
    }

    @Test
    fun anAbandonedObjectsActionRunsACancelledOnesDoesnt() {
        var ran = 0
        var cancelled = 0
        var owner: Any? = Any()
        Abandoned.watch(checkNotNull(owner)) { ran++ }
        Abandoned.watch(checkNotNull(owner)) { cancelled++ }.cancel()
        owner = null
        assertNull(owner)
        eventually("the action runs") { ran == 1 }
        assertEquals(0, cancelled)
    }
}
