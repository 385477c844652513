package dev.moue.sample

import java.text.NumberFormat
import java.util.Locale

/** Figures in the user's own writing. */
object Words {
    /** A share as whole per cent: `94 %`, `94%`, `٩٤٪`. */
    fun percent(share: Float): String = NumberFormat.getPercentInstance(Locale.getDefault()).format(share.toDouble())

    /** A whole number. */
    fun whole(number: Long): String = NumberFormat.getIntegerInstance(Locale.getDefault()).format(number)

    /** Nanoseconds as milliseconds, with one decimal below ten. */
    fun milliseconds(nanos: Long): String {
        val milliseconds = nanos / NANOS_PER_MILLISECOND
        val format = NumberFormat.getNumberInstance(Locale.getDefault())
        format.minimumFractionDigits = if (milliseconds < DECIMAL_BELOW) 1 else 0
        format.maximumFractionDigits = format.minimumFractionDigits
        return format.format(milliseconds)
    }

    /** A word as it begins a line. */
    fun heading(word: String): String = word.replaceFirstChar { it.titlecase(Locale.getDefault()) }

    private const val NANOS_PER_MILLISECOND = 1e6
    private const val DECIMAL_BELOW = 10
}
