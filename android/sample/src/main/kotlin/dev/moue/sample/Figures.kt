package dev.moue.sample

import android.content.Context
import dev.moue.FrameResult

/** The line on the picture, and how it is spoken. */
class Figures(val text: String, val spoken: String) {
    companion object {
        /** Of live video: results a second, how old this one was when it was shown, and frames that weren't analysed. */
        fun of(context: Context, result: FrameResult, ageNanos: Long): Figures {
            val rate = Words.whole(result.activity.rate.toLong())
            val delay = Words.milliseconds(ageNanos)
            val dropped = Words.whole(result.activity.dropped)
            return Figures(context.getString(R.string.stats, rate, delay, dropped), context.getString(R.string.stats_spoken, rate, delay, dropped))
        }
    }
}
