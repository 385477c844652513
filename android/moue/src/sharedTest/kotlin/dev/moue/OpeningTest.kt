// Opening in a coroutine that is cancelled before it has what it opened.
package dev.moue

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.Runnable
import kotlinx.coroutines.launch
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.CoroutineContext

private const val PATIENCE_SECONDS = 30L

class OpeningTest {
    /** A thread of the caller's that works only when the test says so, as a main thread that is busy. */
    private class ByHand : CoroutineDispatcher() {
        private val queue = LinkedBlockingQueue<Runnable>()

        override fun dispatch(context: CoroutineContext, block: Runnable) {
            queue += block
        }

        fun next() {
            checkNotNull(queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)) { "the coroutine has nothing to do" }.run()
        }
    }

    private val caller = ByHand()

    /** Starts [opening] and lets it wait for a background thread: all of them are busy until its caller waits. */
    private fun begin(opening: suspend () -> Unit): Job {
        val threads = maxOf(2, Runtime.getRuntime().availableProcessors())
        val (busy, free) = CountDownLatch(threads) to CountDownLatch(1)
        repeat(threads) {
            CoroutineScope(Dispatchers.Default).launch {
                busy.countDown()
                free.await()
            }
        }
        assertTrue(busy.await(PATIENCE_SECONDS, TimeUnit.SECONDS))
        val job = CoroutineScope(caller).launch { opening() }
        caller.next()
        free.countDown()
        return job
    }

    /** Starts [opening], lets it load, cancels it when it has loaded and before it goes on, and lets it end. */
    private fun cancelOnceLoaded(hasLoaded: () -> Boolean, opening: suspend () -> Unit) {
        val job = begin(opening)
        val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)
        while (!hasLoaded()) {
            check(System.nanoTime() < end) { "not loaded within $PATIENCE_SECONDS s" }
            Thread.sleep(1)
        }
        job.cancel()
        caller.next()
        assertTrue("the coroutine has ended", job.isCompleted)
    }

    private fun analysisThreads() = Thread.getAllStackTraces().keys.filter { it.name == "moue-analysis" }.toSet()

    @Test
    fun aSessionThatWasLoadedForACancelledCoroutineIsClosed() {
        val others = analysisThreads()
        var begun = emptySet<Thread>()
        var went = false
        cancelOnceLoaded({ (analysisThreads() - others).also { begun = it }.isNotEmpty() }) {
            MoueSession.open()
            went = true
        }
        assertEquals("nobody gets it", false, went)
        // No collection is asked for: it is closed, not only forgotten.
        for (thread in begun) {
            thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS))
            assertEquals("its thread goes on", false, thread.isAlive)
        }
    }

    @Test
    fun whatWasLoadedForACancelledCoroutineIsClosedOnceAndWhatReachedItsCoroutineIsNot() {
        val (opened, closed) = AtomicInteger() to AtomicInteger()
        val open = {
            opened.incrementAndGet()
            AutoCloseable { closed.incrementAndGet() }
        }
        cancelOnceLoaded({ opened.get() == 1 }) { openInBackground(open) }
        assertEquals(1, closed.get())

        val job = begin { openInBackground(open) }
        caller.next()
        assertTrue(job.isCompleted && !job.isCancelled)
        assertEquals(2, opened.get())
        assertEquals(1, closed.get())
    }
}
