// Ends what was forgotten: runs an action once an object can't be reached any more. java.lang.ref.Cleaner does the same, from API 33 on.
package dev.moue

import java.lang.ref.PhantomReference
import java.lang.ref.ReferenceQueue
import java.util.concurrent.ConcurrentHashMap

internal object Abandoned {
    private val queue = ReferenceQueue<Any>()

    /** Keeps the references themselves reachable until their turn. */
    private val watched = ConcurrentHashMap.newKeySet<Watch>()

    init {
        Thread(::run, "moue-abandoned").apply {
            isDaemon = true
            start()
        }
    }

    /** Runs [action] after [owner] has been collected, unless the watch is cancelled first. [action] must not hold [owner]. */
    fun watch(owner: Any, action: () -> Unit): Watch = Watch(owner, action).also { watched += it }

    internal class Watch(owner: Any, val action: () -> Unit) : PhantomReference<Any>(owner, queue) {
        fun cancel() {
            watched -= this
            clear()
        }
    }

    private fun run() {
        while (true) {
            val watch = queue.remove() as Watch
            if (watched.remove(watch)) watch.action()
        }
    }
}
