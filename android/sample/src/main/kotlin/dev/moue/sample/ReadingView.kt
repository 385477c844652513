package dev.moue.sample

import android.content.Context
import android.util.AttributeSet
import android.view.Gravity
import android.view.LayoutInflater
import android.view.View
import android.view.accessibility.AccessibilityNodeInfo
import android.widget.LinearLayout
import android.widget.TextView
import dev.moue.Expression
import dev.moue.label

/**
 * The panel under the picture: what the face shows, how sure, and seven bars.
 *
 * To TalkBack it is one thing. Who touches it hears what it shows now; by itself it speaks only when [announce] is called, which
 * [Announcer] rations. What changes inside it is kept from accessibility services: thirty changes a second would never let them finish.
 */
class ReadingView(context: Context, attributes: AttributeSet?) : LinearLayout(context, attributes) {
    private val title = text(TITLE_SIZE, R.color.ink, "sans-serif-light")
    private val detail = text(DETAIL_SIZE, R.color.ink_soft, "sans-serif")
    private val rows: List<Row>
    private var current: PanelContent? = null

    init {
        orientation = VERTICAL
        isFocusable = true
        importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_YES
        accessibilityLiveRegion = ACCESSIBILITY_LIVE_REGION_POLITE
        addView(title)
        addView(detail)
        rows = Expressions.all.map { expression ->
            val row = LinearLayout(context).apply {
                gravity = Gravity.CENTER_VERTICAL
                minimumHeight = dp(ROW_HEIGHT)
                importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_NO_HIDE_DESCENDANTS
                // A row reads from name to figure, in the direction of the language.
                LayoutInflater.from(context).inflate(R.layout.bar_row, this)
            }
            addView(row)
            Row(expression, row).apply {
                name.text = Words.heading(context.getString(expression.label))
                bar.setColor(Expressions.color(context, expression))
            }
        }
        if (resources.configuration.fontScale > LARGE_TEXT) rows.forEach { it.share(LARGE_NAME, LARGE_BAR, LARGE_PERCENT) }
        (rows.first().view.layoutParams as LayoutParams).topMargin = dp(ROWS_TOP)
    }

    /** Shows [content]; the bars glide where the same face is read on. */
    fun show(content: PanelContent) {
        val glide = if (content.key != null && content.key == current?.key) BarView.Glide.SMOOTH else BarView.Glide.NONE
        current = content
        title.text = content.title
        detail.text = content.detail
        rows.forEach { row ->
            val score = content.scores?.get(row.expression)
            row.bar.show(score ?: 0f, glide)
            row.percent.text = score?.let(Words::percent).orEmpty()
            val stands = content.certain == null || content.certain == row.expression
            row.name.alpha = if (score == null) FAINT else 1f
            row.name.setTextColor(context.getColor(if (stands) R.color.ink else R.color.ink_soft))
            row.bar.alpha = if (stands) 1f else BEHIND
        }
    }

    /** Lets TalkBack say [words] when it has finished what it is saying. */
    fun announce(words: String) {
        contentDescription = words
    }

    override fun onInitializeAccessibilityNodeInfo(info: AccessibilityNodeInfo) {
        super.onInitializeAccessibilityNodeInfo(info)
        current?.let { info.contentDescription = it.spoken }
    }

    override fun notifySubtreeAccessibilityStateChanged(child: View, source: View, changeType: Int) = Unit

    private fun text(size: Float, color: Int, family: String) = TextView(context).apply {
        textSize = size
        setTextColor(context.getColor(color))
        typeface = android.graphics.Typeface.create(family, android.graphics.Typeface.NORMAL)
        textAlignment = TEXT_ALIGNMENT_VIEW_START
        importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_NO
    }

    private fun dp(value: Int) = (value * resources.displayMetrics.density).toInt()

    private class Row(val expression: Expression, val view: View) {
        val name: TextView = view.child(R.id.bar_name)
        val bar: BarView = view.child(R.id.bar)
        val percent: TextView = view.child(R.id.bar_percent)

        /** Shares the row's width out anew. */
        fun share(forName: Float, forBar: Float, forPercent: Float) {
            for ((part, weight) in mapOf(name to forName, bar to forBar, percent to forPercent)) (part.layoutParams as LayoutParams).weight = weight
        }
    }

    private companion object {
        const val TITLE_SIZE = 32f
        const val DETAIL_SIZE = 15f
        const val ROW_HEIGHT = 25
        const val ROWS_TOP = 8
        const val FAINT = 0.45f
        const val BEHIND = 0.55f

        /** From here on names and figures need room more than bars do. */
        const val LARGE_TEXT = 1.3f
        const val LARGE_NAME = 46f
        const val LARGE_BAR = 28f
        const val LARGE_PERCENT = 26f
    }
}
