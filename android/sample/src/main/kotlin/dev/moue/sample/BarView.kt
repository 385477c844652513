package dev.moue.sample

import android.content.Context
import android.graphics.Canvas
import android.graphics.Paint
import android.util.AttributeSet
import android.view.View

/**
 * A slender bar from 0 to 1 that grows from the side on which reading begins. It glides to a new value and says nothing to accessibility
 * services: [ReadingView] speaks for all its bars.
 */
class BarView(context: Context, attributes: AttributeSet?) : View(context, attributes) {
    private val track = Paint(Paint.ANTI_ALIAS_FLAG).apply { color = context.getColor(R.color.track) }
    private val bar = Paint(Paint.ANTI_ALIAS_FLAG)
    private var shown = 0f
    private var wanted = 0f

    init {
        importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_NO
    }

    /** The colour of what is filled, as `0xAARRGGBB`. */
    fun setColor(color: Int) {
        if (bar.color == color) return
        bar.color = color
        invalidate()
    }

    /** Glides to [value], 0 to 1; at once where [glide] is [Glide.NONE]. */
    fun show(value: Float, glide: Glide) {
        wanted = value.coerceIn(0f, 1f)
        if (glide == Glide.NONE) shown = wanted
        invalidate()
    }

    override fun onDraw(canvas: Canvas) {
        val radius = height / 2f
        canvas.drawRoundRect(0f, 0f, width.toFloat(), height.toFloat(), radius, radius, track)
        // A quarter of the way a frame: settled in a fifth of a second, and no animator to keep.
        shown += (wanted - shown) * GLIDE
        if (kotlin.math.abs(wanted - shown) < SETTLED) shown = wanted else postInvalidateOnAnimation()
        // What rounds to 0 per cent is no dot either.
        if (shown < LEAST) return
        // Never shorter than it is high, so that its ends stay round.
        val length = (shown * width).coerceAtLeast(height.toFloat())
        val start = if (layoutDirection == LAYOUT_DIRECTION_RTL) width - length else 0f
        canvas.drawRoundRect(start, 0f, start + length, height.toFloat(), radius, radius, bar)
    }

    /** How a bar comes to its value. */
    enum class Glide { SMOOTH, NONE }

    private companion object {
        const val GLIDE = 0.25f
        const val SETTLED = 0.002f
        const val LEAST = 0.005f
    }
}
