// Ten thousand sessions, and analyzers among them, opened and closed on all cores: what they took is given back.
// The pom has glibc keep two heaps only: with one for each thread that ever was, memory that was given back would still count. And it gives the
// JVM a heap of one size, resident from the start: pages that Java touches for the first time would count as well, a hundred megabytes of them.
package dev.moue

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

/** Enough that a thread, a network or five kilobytes left behind by each shows clearly. */
private const val OPENINGS = 10_000
private const val WARM_UP = 200

/** What is left behind shows in each of them. What the JVM's compilers and the allocator take now and then doesn't. */
private const val ROUNDS = 4
private const val PAGE_BYTES = 4096L

/** Five kilobytes for each opening of a round. */
private const val ALLOWED_BYTES = OPENINGS / ROUNDS * 5L shl 10

class OpeningsTest {
    private val picture = GreyPicture.read("astronaut.pgm")

    /** Bytes of this process in memory, as Linux counts them. */
    private fun residentBytes(): Long {
        System.gc()
        return File("/proc/self/statm").readText().split(' ')[1].toLong() * PAGE_BYTES
    }

    private fun openAndClose(times: Int) {
        val begun = AtomicInteger()
        val closed = AtomicInteger()
        List(Runtime.getRuntime().availableProcessors()) { thread { openUntil(times, begun, closed) } }.forEach { it.join() }
        assertEquals(times, closed.get())
        val end = System.nanoTime() + 60_000_000_000
        while (analysisThreads() > 0 && System.nanoTime() < end) Thread.sleep(5)
    }

    private fun openUntil(times: Int, begun: AtomicInteger, closed: AtomicInteger) {
        while (true) {
            val round = begun.getAndIncrement()
            if (round >= times) return
            MoueSession.openBlocking().use { it.submit(picture.direct(), picture.layout, 1) }
            if (round % 10 == 0) MoueAnalyzer.openBlocking().use { it.analyzeBlocking(picture.direct(), picture.layout) }
            closed.incrementAndGet()
        }
    }

    private fun analysisThreads() = Thread.getAllStackTraces().keys.count { it.name == "moue-analysis" }

    @Test
    fun `opening and closing leaves neither threads nor memory behind`() {
        val openings = Integer.getInteger("moue.openings", OPENINGS)
        openAndClose(WARM_UP)
        val start = System.nanoTime()
        val sizes = List(ROUNDS + 1) { round ->
            if (round > 0) openAndClose(openings / ROUNDS)
            residentBytes()
        }
        val grown = sizes.zipWithNext { before, after -> after - before }
        println("$openings sessions: ${(System.nanoTime() - start) / openings / 1000} us each, grown by ${grown.map { it / 1024 }} KiB")
        assertEquals(0, analysisThreads())
        assertTrue("grown by $grown bytes in $ROUNDS rounds of ${openings / ROUNDS} sessions", grown.min() < ALLOWED_BYTES)
    }
}
