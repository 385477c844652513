// Live video, against the real native library: results, many threads, ends.
package dev.moue

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.takeWhile
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import java.util.concurrent.atomic.AtomicLong

private const val PATIENCE_MS = 60_000L
private const val FRAME_NS = 33_000_000L

class SessionTest {
    private val picture = GreyPicture.read("astronaut.pgm")
    private val time = AtomicLong()

    private fun <T> patiently(work: suspend kotlinx.coroutines.CoroutineScope.() -> T): T = runBlocking { withTimeout(PATIENCE_MS, work) }

    private fun MoueSession.show(): Submitted = submit(picture.direct(), picture.layout, time.addAndGet(FRAME_NS))

    @Test
    fun aFramesResultHasItsTimeItsSizeAndTheFace() = patiently {
        MoueSession.open().use { session ->
            val submitted = session.submit(
                yBuffer = picture.strided(rowStride = 160, pixelStride = 1),
                width = 128,
                height = 128,
                rowStride = 160,
                pixelStride = 1,
                rotationDegrees = 0,
                timestampNs = 77,
            )
            assertEquals(Submitted.WAITING, submitted)
            val result = session.results.first()
            assertEquals(77L, result.timestampNs)
            assertEquals(Size(128, 128), result.frameSize)
            assertEquals(1L, result.activity.analyzed)
            assertTrue(result.times.totalNs > 0)
            // Live and photo are two doors to the same pipeline.
            val photo = Moue.analyze(picture.direct(), picture.layout).single()
            val live = result.faces.single().face
            assertEquals(photo.points, live.points)
            assertEquals(Verdict.Certain(Expression.HAPPY), live.reading.verdict)
        }
    }

    @Test
    fun aTurnedCameraGivesUprightResults() = patiently {
        val turned = picture.turnedBack(90)
        MoueSession.open().use { session ->
            session.submit(turned.direct(), turned.layout.copy(rotationDegrees = 90), 1)
            val live = session.results.first().faces.single().face
            assertEquals(Moue.analyze(picture.direct(), picture.layout).single().points, live.points)
        }
    }

    @Test
    fun aFaceKeepsItsTrackFromFrameToFrame() = patiently {
        MoueSession.open().use { session ->
            session.show()
            val tracks = session.results.onEach { session.show() }.takeWhile { it.activity.analyzed < 8 }.toList().flatMap { it.faces }
            assertEquals(1, tracks.map { it.track }.toSet().size)
        }
    }

    @Test
    fun framesFromManyThreadsAreCountedEachAsAnalysedOrAsDropped() = patiently {
        MoueSession.open().use { session ->
            val lock = Any()
            val perThread = 40
            (1..8).map {
                async(Dispatchers.IO) {
                    repeat(perThread) {
                        // Only the time must rise in the order of the calls.
                        synchronized(lock) { session.show() }
                        session.setThermal(Thermal.NOMINAL)
                        session.calibrate(1)
                        session.forgetBaseline(1)
                    }
                }
            }.awaitAll()
            val last = session.results.first { it.activity.analyzed + it.activity.dropped == 8L * perThread }
            assertEquals(time.get(), last.timestampNs)
        }
    }

    @Test
    fun twoCollectorsBothSeeTheNewestResultAndTheEnd() = patiently {
        val session = MoueSession.open()
        val collectors = (1..2).map { async(Dispatchers.Default) { session.results.toList() } }
        session.show()
        session.results.first()
        delay(50)
        session.close()
        for (seen in collectors.awaitAll()) assertEquals(time.get(), seen.last().timestampNs)
        assertTrue(session.isClosed)
    }

    @Test
    fun aSlowCollectorSeesTheNewestResultNotEveryOne() = patiently {
        MoueSession.open().use { session ->
            session.show()
            session.results.first()
            repeat(5) {
                val before = session.results.first().activity.analyzed
                session.show()
                session.results.first { it.activity.analyzed > before }
            }
            assertEquals(6L, session.results.first().activity.analyzed)
        }
    }

    @Test
    fun afterItsEndASessionTakesNothingAndRefusesNothing() = patiently {
        val session = MoueSession.open()
        session.close()
        session.close()
        session.results.collect()
        assertEquals(Submitted.CLOSED, session.show())
        session.pause()
        session.resume()
        session.calibrate(1)
        session.setBudget(Budget.Unlimited)
        assertTrue(session.isClosed)
    }

    @Test
    fun itCanBeClosedFromAnywhereAtOnceInTheMiddleOfWork() = patiently {
        repeat(20) {
            val session = MoueSession.open()
            val busy = (1..3).map { launch(Dispatchers.IO) { while (session.show(it) != Submitted.CLOSED) Thread.yield() } }
            val collector = launch(Dispatchers.Default) { session.results.collect() }
            val closers = (1..3).map { launch(Dispatchers.IO) { session.close() } }
            (busy + collector + closers).forEach { it.join() }
        }
    }

    /** Frames of several threads may overtake each other: those that come too late are refused, which is fine here. */
    private fun MoueSession.show(@Suppress("UNUSED_PARAMETER") thread: Int): Submitted = try {
        show()
    } catch (error: MoueException) {
        assertEquals(MoueException.Kind.BAD_INPUT, error.kind)
        Submitted.WAITING
    }

    @Test
    fun itCanBeClosedFromItsOwnResults() = patiently {
        val session = MoueSession.open()
        session.show()
        // Unconfined: runs on the session's own thread.
        launch(Dispatchers.Unconfined) { session.results.collect { session.close() } }.join()
        assertTrue(session.isClosed)
    }

    @Test
    fun aPauseDropsFramesAndAnEndOfItTakesThemAgain() = patiently {
        MoueSession.open().use { session ->
            session.pause()
            assertEquals(Submitted.PAUSED, session.show())
            session.resume()
            assertFalse(session.isClosed)
            assertEquals(Submitted.WAITING, session.show())
            assertEquals(1L, session.results.first().activity.dropped)
        }
    }

    @Test
    fun aBudgetHoldsResultsBack() = patiently {
        MoueSession.open(LiveOptions(budget = Budget.Results(1f))).use { session ->
            session.show()
            session.results.first()
            // Ten frames of a third of a second are far less than the next result's due.
            repeat(9) { session.show() }
            delay(200)
            assertEquals(1L, session.results.first().activity.analyzed)
        }
    }

    @Test
    fun withTheFieldOfViewKnownAFaceHasADistance() = patiently {
        MoueSession.open(LiveOptions(fieldOfView = 66f)).use { session ->
            session.show()
            val distance = checkNotNull(session.results.first().faces.single().distance)
            assertTrue("$distance", distance.meters in 0.1f..2f && distance.deviation > 0)
        }
    }
}
