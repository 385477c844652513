// The words that FaceOverlayView writes beside a face: shortened to what fits, and placed where they leave the face free.
package dev.moue

import android.content.Context
import android.graphics.Color
import android.graphics.RectF
import android.text.StaticLayout
import android.text.TextDirectionHeuristics
import android.text.TextPaint
import android.text.TextUtils
import kotlin.math.ceil

/** Luminance from which on black text is easier to read than white: where both have the same contrast (WCAG 2.2). */
private const val BRIGHT = 0.179f

/**
 * What is said of one face.
 *
 * @property whole all of it, as [Reading.describe] gives it.
 * @property short the one word that matters most, for where there is no room for all.
 */
internal class FaceLabel private constructor(private val whole: String, private val short: String) {
    /** The words in one line of at most [room] pixels: all of them, or the short ones, cut at their end if need be. */
    fun lines(paint: TextPaint, room: Int, isRtl: Boolean): StaticLayout {
        val words = if (widthOf(whole, paint) <= room) whole else short
        val shown = TextUtils.ellipsize(words, paint, room.toFloat(), TextUtils.TruncateAt.END)
        return StaticLayout.Builder.obtain(shown, 0, shown.length, paint, widthOf(shown, paint).coerceAtMost(room))
            .setTextDirection(if (isRtl) TextDirectionHeuristics.RTL else TextDirectionHeuristics.LTR)
            .setIncludePad(false)
            .setMaxLines(1)
            .build()
    }

    private fun widthOf(words: CharSequence, paint: TextPaint): Int = ceil(paint.measureText(words, 0, words.length)).toInt()

    companion object {
        /** The label of a face with this reading, in the language of [context]. */
        fun of(reading: Reading, context: Context) = FaceLabel(reading.describe(context), context.getString(reading.verdict.label))

        /** The colour of words on a plate of this colour. */
        fun textColorOn(color: Int): Int = if (Color.luminance(color) >= BRIGHT) Color.BLACK else Color.WHITE

        /**
         * Moves [plate], which has a label's size, to its place beside [box] in a view of [width] by [height] pixels: above; below where there
         * is no room; where there is none either inside the box at its top. It begins on the side on which reading starts, and stays in the view.
         */
        fun place(plate: RectF, box: RectF, width: Int, height: Int, gap: Float, isRtl: Boolean) {
            val start = if (isRtl) box.right - plate.width() else box.left
            val left = start.coerceIn(0f, (width - plate.width()).coerceAtLeast(0f))
            val above = box.top - gap - plate.height()
            val below = box.bottom + gap
            val top = when {
                above >= 0 -> above
                below + plate.height() <= height -> below
                else -> box.top + gap
            }
            plate.offsetTo(left, top.coerceIn(0f, (height - plate.height()).coerceAtLeast(0f)))
        }
    }
}
