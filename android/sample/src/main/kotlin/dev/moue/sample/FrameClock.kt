package dev.moue.sample

/**
 * Remembers when each frame was handed to the session, and so knows two things of a result: how old it is, and whether its frame came since the
 * camera last started. A session that goes on after a pause still has its last result from before.
 *
 * Frames are noted on the camera's thread, results asked about on the main thread.
 *
 * @param now nanoseconds that rise, from any origin.
 */
class FrameClock(private val now: () -> Long = System::nanoTime) {
    private val handedIn = object : LinkedHashMap<Long, Long>() {
        override fun removeEldestEntry(eldest: Map.Entry<Long, Long>) = size > MOST
    }

    /** A frame with the camera's time [timestampNanos] is about to be handed in. */
    @Synchronized
    fun note(timestampNanos: Long) {
        handedIn[timestampNanos] = now()
    }

    /** How long ago, in nanoseconds, the frame with this time was handed in; `null` where that was before the last [forget]. */
    @Synchronized
    fun age(timestampNanos: Long): Long? = handedIn[timestampNanos]?.let { now() - it }

    /** The camera stops: results of all frames until now are old ones. */
    @Synchronized
    fun forget() = handedIn.clear()

    private companion object {
        /** More than a device delivers while one frame is analysed, however slow it is. */
        const val MOST = 256
    }
}
