package dev.moue.sample

import android.content.Context
import android.util.AttributeSet
import android.view.View
import android.view.accessibility.AccessibilityNodeInfo
import android.widget.LinearLayout
import android.widget.TextView

/**
 * The panel under the picture: what the face shows, how sure, and seven bars.
 *
 * TalkBack reads it as one thing, and each bar when that is touched. By itself it speaks only when [announce] is called, which [Announcer]
 * rations. What changes inside it is kept from accessibility services: thirty changes a second would never let them finish.
 */
class ReadingView(context: Context, attributes: AttributeSet?) : LinearLayout(context, attributes) {
    private val title = text(TITLE_SIZE, R.color.ink, "sans-serif-light")
    private val detail = text(DETAIL_SIZE, R.color.ink_soft, "sans-serif")
    private val rows: List<BarRow>
    private var current: PanelContent? = null

    init {
        orientation = VERTICAL
        isFocusable = true
        importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_YES
        accessibilityLiveRegion = ACCESSIBILITY_LIVE_REGION_POLITE
        addView(title)
        addView(detail)
        rows = Expressions.all.map { expression -> BarRow(context, expression).also(::addView) }
        (rows.first().layoutParams as LayoutParams).topMargin = (ROWS_TOP_DP * resources.displayMetrics.density).toInt()
    }

    /** Shows [content]; the bars glide where the same face is read on. */
    fun show(content: PanelContent) {
        val glide = if (content.key != null && content.key == current?.key) BarView.Glide.SMOOTH else BarView.Glide.NONE
        current = content
        title.text = content.title
        detail.text = content.detail
        for (row in rows) {
            val stands = content.certain == null || content.certain == row.expression
            row.show(content.scores?.get(row.expression), stands, glide)
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

    private companion object {
        const val TITLE_SIZE = 32f
        const val DETAIL_SIZE = 15f
        const val ROWS_TOP_DP = 8
    }
}
