package dev.moue.sample

/**
 * Decides what TalkBack says by itself: a label that has stood for [HELD_MS], differs from the one said before, and comes at least
 * [APART_MS] after it. Everything else stays silent.
 *
 * It has no clock and says nothing itself: [hear] is given the time and returns the words to say, if any.
 */
class Announcer {
    private var candidate: String? = null
    private var since = 0L
    private var said: String? = null
    private var saidAt = Long.MIN_VALUE / 2

    /** Takes in the label that is shown at [now], in milliseconds that rise; `null` for none. Returns what is to be said now. */
    fun hear(label: String?, now: Long): String? {
        if (label != candidate) {
            candidate = label
            since = now
        }
        if (label == null || label == said) return null
        if (now - since < HELD_MS || now - saidAt < APART_MS) return null
        said = label
        saidAt = now
        return label
    }

    companion object {
        /** How long a label must have stood. */
        const val HELD_MS = 1_500L

        /** The least time between two announcements. */
        const val APART_MS = 4_000L
    }
}
