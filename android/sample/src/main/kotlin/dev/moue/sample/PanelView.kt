package dev.moue.sample

import android.content.Context
import android.util.AttributeSet
import android.view.View
import android.widget.ScrollView

/** Scrolls what doesn't fit, and leaves the picture at least half of the window, however large the text is. */
class PanelView(context: Context, attributes: AttributeSet?) : ScrollView(context, attributes) {
    init {
        isVerticalFadingEdgeEnabled = true
        isVerticalScrollBarEnabled = false
        overScrollMode = View.OVER_SCROLL_IF_CONTENT_SCROLLS
    }

    override fun onMeasure(widthMeasureSpec: Int, heightMeasureSpec: Int) {
        val offered = MeasureSpec.getSize(heightMeasureSpec)
        val height = when (MeasureSpec.getMode(heightMeasureSpec)) {
            MeasureSpec.EXACTLY -> heightMeasureSpec
            else -> MeasureSpec.makeMeasureSpec((offered * MOST).toInt(), MeasureSpec.AT_MOST)
        }
        super.onMeasure(widthMeasureSpec, height)
    }

    private companion object {
        const val MOST = 0.5f
    }
}
