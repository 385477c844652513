package dev.moue.sample

import android.annotation.TargetApi
import android.content.Context
import android.os.Build
import android.view.Gravity
import android.view.LayoutInflater
import android.view.View
import android.view.accessibility.AccessibilityNodeInfo
import android.view.accessibility.AccessibilityNodeInfo.RangeInfo
import android.widget.LinearLayout
import android.widget.ProgressBar
import android.widget.TextView
import dev.moue.Expression
import dev.moue.label

/**
 * One expression of the panel: its name, its bar and the same as a figure, from name to figure in the direction of the language.
 *
 * To TalkBack it is one bar from 0 to 100 with its name and figure, which is told when it is touched, and never by itself.
 */
class BarRow(context: Context, val expression: Expression) : LinearLayout(context) {
    private val name: TextView
    private val bar: BarView
    private val percent: TextView
    private var score: Float? = null

    init {
        gravity = Gravity.CENTER_VERTICAL
        minimumHeight = (HEIGHT_DP * resources.displayMetrics.density).toInt()
        LayoutInflater.from(context).inflate(R.layout.bar_row, this)
        name = child(R.id.bar_name)
        bar = child(R.id.bar)
        percent = child(R.id.bar_percent)
        name.text = Words.heading(context.getString(expression.label))
        bar.setColor(Expressions.color(context, expression))
        isFocusable = true
        importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_YES
        for (part in listOf(name, bar, percent)) part.importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_NO
        if (resources.configuration.fontScale > LARGE_TEXT) share(LARGE_NAME, LARGE_BAR, LARGE_PERCENT)
    }

    /**
     * Shows a probability, 0 to 1; `null` where there is no face.
     *
     * @param stands whether this expression is what the face shows, or none is.
     */
    fun show(score: Float?, stands: Boolean, glide: BarView.Glide) {
        this.score = score
        bar.show(score ?: 0f, glide)
        percent.text = score?.let(Words::percent).orEmpty()
        name.alpha = if (score == null) FAINT else 1f
        name.setTextColor(context.getColor(if (stands) R.color.ink else R.color.ink_soft))
        bar.alpha = if (stands) 1f else BEHIND
    }

    override fun onInitializeAccessibilityNodeInfo(info: AccessibilityNodeInfo) {
        super.onInitializeAccessibilityNodeInfo(info)
        info.className = ProgressBar::class.java.name
        info.contentDescription = listOf(name.text, percent.text).filter { it.isNotEmpty() }.joinToString(", ")
        score?.let { info.rangeInfo = range(WHOLE * it) }
    }

    private fun range(percent: Float): RangeInfo = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) newRange(percent) else oldRange(percent)

    @TargetApi(Build.VERSION_CODES.R)
    private fun newRange(percent: Float) = RangeInfo(RangeInfo.RANGE_TYPE_PERCENT, 0f, WHOLE, percent)

    @Suppress("DEPRECATION")
    private fun oldRange(percent: Float) = RangeInfo.obtain(RangeInfo.RANGE_TYPE_PERCENT, 0f, WHOLE, percent)

    /** Shares the row's width out anew. */
    private fun share(forName: Float, forBar: Float, forPercent: Float) {
        for ((part, weight) in mapOf<View, Float>(name to forName, bar to forBar, percent to forPercent)) {
            (part.layoutParams as LayoutParams).weight = weight
        }
    }

    private companion object {
        const val HEIGHT_DP = 25
        const val WHOLE = 100f
        const val FAINT = 0.45f
        const val BEHIND = 0.55f

        /** From here on names and figures need room more than bars do. */
        const val LARGE_TEXT = 1.3f
        const val LARGE_NAME = 46f
        const val LARGE_BAR = 28f
        const val LARGE_PERCENT = 26f
    }
}
